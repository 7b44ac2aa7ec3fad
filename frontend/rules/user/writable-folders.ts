import type {Subject} from '../rule.ts';

/** What servers write to, by the image that brings them. */
const byBase: Readonly<Record<string, readonly string[]>> = {
	nginx: ['/var/cache/nginx', '/run'],
	httpd: ['/usr/local/apache2/logs'],
	caddy: ['/data/caddy', '/config/caddy'],
	tomcat: ['/usr/local/tomcat/logs', '/usr/local/tomcat/temp', '/usr/local/tomcat/work'],
	wordpress: ['/var/www/html/wp-content'],
};

/** Folders below the one that an application runs in, of which the name says that it writes there. */
const byName = [
	...['data', 'log', 'logs', 'tmp', 'temp', 'cache', '.cache', 'upload', 'uploads', 'storage', 'run', 'var'],
	...['instance', 'media', '.next/cache', 'bootstrap/cache'],
];

/** As much as the program that gives folders away takes. */
const MAX_FOLDERS = 24;
/** What may stand in a JSON array of an instruction without a second thought. */
const PLAIN = /^(?:\/[A-Za-z0-9._@+-]{1,64}){1,16}$/;

/** Options for `tool harden`: what the application's user gets, because the application has to write there. */
export function writableOptions({chain, images, steps, roleOf, writable = []}: Subject): readonly string[] {
	const facts = chain.base === undefined ? undefined : images.get(chain.base);
	const final = steps.filter(({stage}) => roleOf(stage) === 'final');
	const named = final
		.filter(({instruction}) => instruction.keyword === 'VOLUME')
		.flatMap(({instruction: {json, args}, expand}) => (json ?? args.trim().split(/\s+/)).map(expand));
	const given = [...writable, ...(facts?.volumes ?? []), ...named.filter(path => path !== undefined)];
	const workdir = final
		.filter(({instruction}) => instruction.keyword === 'WORKDIR')
		.reduce((from, {instruction, expand}) => below(from, expand(instruction.args)), facts?.workdir || '/');
	const [name = ''] = (chain.base?.split('/').at(-1) ?? '').split(/[:@]/);
	const own = given.filter(isPlain).slice(0, MAX_FOLDERS);
	const usual = [
		...(Object.hasOwn(byBase, name) ? (byBase[name] ?? []) : []),
		...(workdir === '/' ? [] : byName.map(each => `${workdir}/${each}`)),
	];
	return [
		...[...new Set(own)].map(path => `--own=${path}`),
		...usual.filter(isPlain).map(path => `--own-if=${path}`),
		// Programs make folders beside themselves. Their own files stay root's.
		...(workdir !== '/' && isPlain(workdir) ? [`--enter=${workdir}`] : []),
	];
}

function below(from: string, path: string | undefined): string {
	const given = (path ?? '').trim().replace(/\/{1,64}$/, '');
	return given.startsWith('/') ? given : `${from === '/' ? '' : from}/${given}`;
}

function isPlain(path: string): boolean {
	return PLAIN.test(path) && !path.split('/').includes('..');
}
