import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {asksNginx, type Configuration, withoutProxy, wrongs} from './configuration.ts';

/** A loopback address with a port, or a socket in the file system. */
const LOCAL = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|localhost):\d{1,5}(?:\s|$)|^unix:\//;

export const localUpstream: Rule = function* (subject) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	const clear = plan.upstreams.flatMap(({name, servers, tls}) =>
		tls === undefined
			? servers.filter(server => !isLoopback(server.host)).map(server => ({name, ...server}))
			: [],
	);
	yield* wrongs(subject, [
		...clear
			.slice(0, MOST_TOLD)
			.map(
				({name, host, port}) =>
					`The proxy speaks to ${quoted(`${host}:${port}`)} (upstream ${name}) in clear text across a network: give the upstream "tls: true", with a certificate that is checked.`,
			),
		...asksNginx(subject, plan, addressWrongs),
	]);
};

/** All say the same. */
const MOST_TOLD = 8;

function isLoopback(host: string): boolean {
	return LOCAL.test(host.includes(':') ? `[${host}]:1` : `${host}:1`);
}

function addressWrongs(told: Configuration): readonly (string | undefined)[] {
	// `server` is also the name of a block, which has no arguments.
	const servers = (told.get('server') ?? []).filter(text => text !== '');
	const passes = told.get('proxy_pass') ?? [];
	const addresses = passes.filter(text => /^http:\/\/[^a-z]|^http:\/\/[^/]*[.:]/.test(text));
	const far = servers.filter(text => !LOCAL.test(text));
	const direct = addresses.filter(text => !LOCAL.test(text.slice('http://'.length)));
	return [
		...[...far, ...direct].map(
			text =>
				`The proxy speaks to ${quoted(text)} in clear text across a network: let it reach the application on 127.0.0.1, or over TLS with a certificate that it checks.`,
		),
		servers.length + passes.length === 0 && !told.has('root') && !told.has('alias')
			? "The proxy's configuration names no application to speak to: it needs an upstream with a server on 127.0.0.1."
			: undefined,
	];
}
