/** One enforced policy. Names are in lower case; of a directive that comes twice the first counts, as browsers have it. */
export type Policy = ReadonlyMap<string, readonly string[]>;

/** What is left out could only have made it stricter. */
const MAX_POLICIES = 64;
const SPACE = /[\t\n\f\r ]+/;
const NOT_ASCII = /[\u0080-\uffff]/;

/** CSP3 §2.2.2: every line, and every item between commas, is a policy of its own, and all of them are enforced. */
export function parsePolicies(values: readonly string[]): readonly Policy[] {
	return values
		.flatMap(value => value.split(',', MAX_POLICIES))
		.slice(0, MAX_POLICIES)
		.map(parsePolicy)
		.filter(policy => policy.size > 0);
}

function parsePolicy(text: string): Policy {
	const policy = new Map<string, readonly string[]>();
	for (const token of text.split(';')) {
		const [written = '', ...sources] = token.split(SPACE).filter(word => word !== '');
		const name = written.toLowerCase();
		if (name !== '' && !NOT_ASCII.test(token) && !policy.has(name)) {
			policy.set(name, sources);
		}
	}

	return policy;
}

/** What a policy lets a kind of fetch use, through the directives that stand in for the one that is missing. */
export function sourcesFor(policy: Policy, kind: keyof typeof fallbacks): readonly string[] | undefined {
	for (const name of fallbacks[kind]) {
		const sources = policy.get(name);
		if (sources !== undefined) {
			return sources;
		}
	}

	return undefined;
}

const fallbacks = {
	element: ['script-src-elem', 'script-src', 'default-src'],
	attribute: ['script-src-attr', 'script-src', 'default-src'],
	eval: ['script-src', 'default-src'],
	object: ['object-src', 'default-src'],
	base: ['base-uri'],
	ancestors: ['frame-ancestors'],
} as const;

const NONCE_OR_HASH = /^'(?:nonce|sha256|sha384|sha512)-[a-z0-9+/_-]+={0,2}'$/i;
/** With any host: `*`, `https://*`, `*:443`. */
const ANY_HOST = /^(?:[a-z][a-z0-9+.-]*:\/\/)?\*(?::(?:\d+|\*))?(?:\/.*)?$/i;
/** With any host below a top-level domain. */
const ANY_BELOW_TOP = /^(?:[a-z][a-z0-9+.-]*:\/\/)?\*\.([a-z0-9-]+)(?:[:/].*)?$/i;
const networkSchemes: ReadonlySet<string> = new Set(['http:', 'https:', 'ws:', 'wss:', 'ftp:']);
/** Top-level names under which everything belongs to whoever runs the network. */
const privateTops: ReadonlySet<string> = new Set([
	'internal',
	'local',
	'localhost',
	'lan',
	'test',
	'home',
	'corp',
]);

/** CSP3 §6.7.3.2: a nonce, a hash or `'strict-dynamic'` beside it takes `'unsafe-inline'` its meaning. */
export function allowsInline(sources: readonly string[]): boolean {
	return (
		has(sources, "'unsafe-inline'") &&
		!has(sources, "'strict-dynamic'") &&
		!sources.some(source => NONCE_OR_HASH.test(source))
	);
}

export function has(sources: readonly string[], keyword: string): boolean {
	return sources.some(source => source.toLowerCase() === keyword);
}

/** The first source that means every host there is; `'strict-dynamic'` takes hosts and schemes their meaning. */
export function anyHostOf(sources: readonly string[]): string | undefined {
	return sources.find(source => {
		const below = ANY_BELOW_TOP.exec(source)?.[1]?.toLowerCase();
		return (
			networkSchemes.has(source.toLowerCase()) ||
			ANY_HOST.test(source) ||
			(below !== undefined && !privateTops.has(below))
		);
	});
}

/** Whether no address at all matches: an empty list, `'none'`, or keywords that are about something else. */
export function matchesNothing(sources: readonly string[]): boolean {
	return sources.every(source => source.startsWith("'") && source.toLowerCase() !== "'self'");
}
