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

const MOST_LINES = 50_000;

function ofNginx(text: string): readonly Hop[] {
	const lines = text
		.split('\n', MOST_LINES)
		.map(line => line.trim())
		.filter(line => !line.startsWith('#'));
	const pools = poolsOf(lines);
	const passes = lines.filter(line => /^(?:proxy|grpc)_pass /.test(line));
	const isVerifying =
		lines.some(line => /^(?:proxy|grpc)_ssl_verify on;/.test(line)) &&
		!lines.some(line => /^(?:proxy|grpc)_ssl_verify off;/.test(line));
	return [...new Set(passes)].flatMap(line => {
		const [, scheme = '', name = ''] = /^[a-z]+_pass ([a-z]+):\/\/([^\s;/]+)/.exec(line) ?? [];
		const servers = pools.get(name) ?? [name];
		return servers.map(to => ({
			to: to.slice(0, 128),
			isLocal: isLocal(to),
			isVerified: ['https', 'grpcs'].includes(scheme) && isVerifying,
		}));
	});
}

/** What a pool's own lines name; an included file names what is outside, but for the application's own. */
function poolsOf(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
	const pools = new Map<string, string[]>();
	let current: string[] | undefined;
	for (const line of lines) {
		const opened = /^upstream (\S+) \{$/.exec(line)?.[1];
		if (opened !== undefined) {
			current = [];
			pools.set(opened, current);
		} else if (line === '}') {
			current = undefined;
		}

		const server = /^server ([^\s;]+)/.exec(line)?.[1] ?? includedIn(line);
		if (server !== undefined) {
			current?.push(server);
		}
	}

	return pools;
}

function includedIn(line: string): string | undefined {
	const [, name] = /^include \/run\/sallyport\/proxy\/upstreams\/([a-z0-9-]+)\.conf;$/.exec(line) ?? [];
	// Instances of the application, which the supervisor starts on loopback.
	return name === 'application' ? '127.0.0.1' : name;
}

function ofTraefik(text: string): readonly Hop[] {
	const lines = text.split('\n', MOST_LINES).map(line => line.trim());
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
