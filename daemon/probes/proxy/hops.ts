import type {ProxyContract} from '../../../proto/contract.ts';

/** One way by which a proxy reaches what is behind it. */
export interface Hop {
	readonly to: string;
	/** A socket, or loopback: nobody else is on the way. */
	readonly isLocal: boolean;
	readonly isVerified: boolean;
}

/** Reads what generated files say, line by line; of a file that somebody else has written it reads as much as it knows. */
export function hopsOf(engine: ProxyContract['engine'], text: string): readonly Hop[] {
	return engine === 'nginx' ? ofNginx(text) : ofTraefik(text);
}

/** More of a configuration is not read; ours have a tenth of it. */
const MOST_STATEMENTS = 50_000;

function ofNginx(text: string): readonly Hop[] {
	const {pools, said} = read(text);
	const isVerifying =
		said.some(each => /^(?:proxy|grpc)_ssl_verify on$/.test(each)) &&
		!said.some(each => /^(?:proxy|grpc)_ssl_verify off$/.test(each));
	const passes = new Set(said.filter(each => /^(?:proxy|grpc)_pass /.test(each)));
	return [...passes].flatMap(each => {
		const [, scheme = '', name = ''] = /^[a-z]+_pass "?([a-z]+):\/\/([^\s"/]+)/.exec(each) ?? [];
		return (pools.get(name) ?? [name]).map(to => ({
			to: to.slice(0, 128),
			isLocal: isLocal(to),
			isVerified: ['https', 'grpcs'].includes(scheme) && isVerifying,
		}));
	});
}

/** Statements wherever they stand, and whom each pool names; an included file names what is outside, but for the application's own. */
function read(text: string): {
	readonly pools: ReadonlyMap<string, readonly string[]>;
	readonly said: readonly string[];
} {
	const plain = text.replaceAll(/^[ \t]*#.*$/gm, '').replaceAll('\n', ' ');
	const parts = plain.split(/([;{}])/, MOST_STATEMENTS);
	const pools = new Map<string, string[]>();
	const said: string[] = [];
	let pool: string[] | undefined;
	for (let at = 0; at + 1 < parts.length; at += 2) {
		const statement = parts[at]?.trim() ?? '';
		const name = parts[at + 1] === '{' ? /^upstream (\S+)$/.exec(statement)?.[1] : undefined;
		if (name !== undefined) {
			pool = [];
			pools.set(name, pool);
		} else if (parts[at + 1] === '}') {
			pool = undefined;
		} else {
			said.push(statement);
			pool?.push(...serversIn(statement));
		}
	}

	return {pools, said};
}

function serversIn(statement: string): readonly string[] {
	const server = /^server (\S+)/.exec(statement)?.[1] ?? includedIn(statement);
	return server === undefined ? [] : [server];
}

function includedIn(statement: string): string | undefined {
	const [, name] = /^include \/run\/sallyport\/proxy\/upstreams\/([a-z0-9-]+)\.conf$/.exec(statement) ?? [];
	// Instances of the application, which the supervisor starts on loopback.
	return name === 'application' ? '127.0.0.1' : name;
}

function ofTraefik(text: string): readonly Hop[] {
	const lines = text.split('\n', MOST_STATEMENTS).map(line => line.trim());
	const isVerifying = !lines.some(line => /^"?insecureSkipVerify"?: "?true/i.test(line));
	return lines.flatMap(line => {
		const [, scheme, host] = /^(?:- )?"?url"?: "?(https?|h2c):\/\/([^"/\s]+)/.exec(line) ?? [];
		return scheme === undefined || host === undefined
			? []
			: [{to: host.slice(0, 128), isLocal: isLocal(host), isVerified: scheme === 'https' && isVerifying}];
	});
}

function isLocal(server: string): boolean {
	return /^(?:unix:|127\.|\[::1\]|localhost(?::|$))/.test(server);
}
