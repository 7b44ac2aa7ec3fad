import type {Page} from '../pages.ts';
import {ofPages} from './of-pages.ts';
import {shown} from './values.ts';

/** Headers that say nothing but which product answered. */
const banners: ReadonlySet<string> = new Set([
	'x-powered-by',
	'x-aspnet-version',
	'x-aspnetmvc-version',
	'x-generator',
	'x-powered-cms',
	'x-drupal-cache-tags',
	'x-php-version',
	'x-runtime-version',
	'x-server-version',
	'x-version',
	'liferay-portal',
	'x-owa-version',
	'x-sourcefiles',
]);

/** A number of its own (`2`, `v1.4`, `9.4.z`): names may end in one (`AmazonS3`, `h2o`), and give nothing away. */
const VERSION = /(?:^|[\s/(])v?\d{1,9}(?:$|[\s/).;,_-])|\d\.\d/i;
/** In texts of errors, where other numbers are common: only products that sign their own. */
const SIGNATURE =
	/\b(?:nginx|openresty|Apache|Apache Tomcat|Jetty|Microsoft-IIS|lighttpd|Werkzeug|PHP|WEBrick|gunicorn|uvicorn|Tengine|Caddy|Kestrel|WildFly|GlassFish|Traefik|Varnish|squid)[/ ]v?\d{1,4}\.\d/;

export const proxyBannerHidden = ofPages(page => [...headerFlaws(page), ...signatureFlaws(page)], {
	passed: 'names no version of what answers',
	none: 'sends no answer',
	also: 'redirect',
	hasMalformed: true,
});

function headerFlaws({answer}: Page): readonly string[] {
	return answer.headers.flatMap(([name, value]) => {
		const isBanner =
			banners.has(name) ||
			(name === 'server' && VERSION.test(value)) ||
			(name === 'via' && value.split(',').some(namesVersion));
		return isBanner ? [`tells what answers: ${name}: ${shown(value, 64)}`] : [];
	});
}

/** RFC 9110 §7.6.3: first the version of the protocol, which says nothing; then a host's name, and perhaps a product in a comment. */
function namesVersion(via: string): boolean {
	const [, ...rest] = via.trim().split(/\s+/);
	return /\/v?\d|\([^)]{0,256}\d/i.test(rest.join(' '));
}

function signatureFlaws({what, answer}: Page): readonly string[] {
	const signature = what === 'error' ? SIGNATURE.exec(answer.body)?.[0] : undefined;
	return signature === undefined ? [] : [`signs its page: ${shown(signature, 64)}`];
}
