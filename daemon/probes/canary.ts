import type {ProxyContract} from '../../proto/contract.ts';
import {authorityOf, valuesOf} from './ask.ts';
import {
	type Endpoint,
	eachEndpoint,
	ofProxy,
	type Probe,
	type ProbeFinding,
	type Subject,
	unseen,
} from './probe.ts';
import {USER_AGENT} from './user-agent.ts';

/** A place of the proxy's own, where it may be asked what no application should be. */
export interface Canary {
	readonly endpoint: Endpoint;
	/** What to say as Host. */
	readonly host: string;
	readonly path: (page: Page) => string;
	/** One request in raw text with the marks of a probe; `lines` come after the request line and before the empty one. */
	readonly request: (page: Page, asked?: Rudely) => string;
}

export type Page = 'echo' | 'burst' | 'slow' | 'cut' | 'once' | 'other' | 'nobody' | 'kept' | 'stale';

interface Rudely {
	readonly method?: string;
	/** Instead of the path. */
	readonly target?: string;
	/** Instead of ` HTTP/1.1`. */
	readonly version?: string;
	/** Instead of the one Host line. */
	readonly host?: readonly string[];
	readonly lines?: readonly string[];
	readonly body?: string;
}

export const REBUILD = 'The image promises no canary; rebuild it with this version of the frontend';

/**
 * A probe that asks the canary and nothing else. What it proves holds for real routes only while the configuration is the one
 * that was built, in which both are said alike: else a pass is `not-evaluated`, and a fail stays one.
 */
export function onCanary(
	look: (
		canary: Canary,
		proxy: ProxyContract,
		subject: Subject,
		signal: AbortSignal,
	) => Promise<readonly ProbeFinding[]>,
): Probe {
	return ofProxy(async (proxy, subject, signal) => {
		const {canaryPath} = proxy;
		if (canaryPath === undefined) {
			return [unseen(REBUILD)];
		}

		const found = await eachEndpoint(subject, 'https', async endpoint => {
			const canary = canaryAt(endpoint, canaryPath);
			return (await busy(canary, subject, signal)) ?? look(canary, proxy, subject, signal);
		});
		return asBuilt(proxy, subject, found);
	});
}

/** A page of maintenance, or a limit that somebody else has used up: then nothing is known of how it answers otherwise. */
async function busy(
	{endpoint, path}: Canary,
	{ask}: Subject,
	signal: AbortSignal,
): Promise<readonly ProbeFinding[] | undefined> {
	const answer = await ask(endpoint, {path: path('echo')}, signal).catch(() => undefined);
	signal.throwIfAborted();
	return answer !== undefined && [429, 503].includes(answer.status)
		? [unseen(`The canary is answered with ${answer.status}, so nothing is known of what it shows otherwise`)]
		: undefined;
}

/** Passes of a canary, as long as the configuration is the one that was built. */
export async function asBuilt(
	{configDigest}: ProxyContract,
	subject: Pick<Subject, 'configDigest'>,
	found: readonly ProbeFinding[],
): Promise<readonly ProbeFinding[]> {
	const isBuilt =
		!found.some(({result}) => result === 'pass') || (await subject.configDigest()) === configDigest;
	return isBuilt
		? found
		: found.map(finding => (finding.result === 'pass' ? {...finding, ...CHANGED} : finding));
}

const CHANGED = {
	result: 'not-evaluated',
	message:
		'The canary answers as it should, but the proxy does not run the configuration that was built, so nothing follows for the application',
} as const;

export function canaryAt(endpoint: Endpoint, folder: string): Canary {
	const host = authorityOf(endpoint);
	const path = (page: Page): string => `${folder}/${page}`;
	return {
		endpoint,
		host,
		path,
		request: (
			page,
			{method = 'GET', target = path(page), version = ' HTTP/1.1', host: hosts, lines = [], body = ''} = {},
		) =>
			[
				`${method} ${target}${version}`,
				...(hosts ?? [`Host: ${host}`]),
				`User-Agent: ${USER_AGENT}`,
				'X-Sallyport-Probe: canary',
				...lines,
				'',
				body,
			].join('\r\n'),
	};
}

/** What the canary says that it was asked, from behind the proxy. */
export interface Echo {
	/** Another one for each time that it was asked. */
	readonly canary: string;
	readonly id: string;
	readonly for: string;
	readonly real: string;
	readonly host: string;
	readonly forwarded_host: string;
	readonly original: string;
	readonly bearer: string;
	readonly cookie: string;
	readonly method: string;
	readonly length: string;
	readonly protocol: string;
	/** How often the unanswered request was sent whose id is the query; not every engine counts. */
	readonly copies?: string;
}

const fields = [
	'canary',
	'id',
	'for',
	'real',
	'host',
	'forwarded_host',
	'original',
	'bearer',
	'cookie',
	'method',
	'length',
	'protocol',
] as const;

/** Undefined for anything but the canary's own words. */
export function readEcho(body: string): Echo | undefined {
	try {
		const value: unknown = JSON.parse(body);
		return typeof value === 'object' &&
			value !== null &&
			fields.every(field => isText(Reflect.get(value, field)))
			? (value as Echo) // Every field was looked at.
			: undefined;
	} catch {
		return undefined;
	}
}

function isText(value: unknown): boolean {
	return typeof value === 'string' && value.length <= 1024;
}

/** How often the canary's own words are in what was heard: each time is a request that came through. */
export function reachedIn(text: string): number {
	return text.split('{"canary":"').length - 1;
}

/** Statuses of the answers in raw text, in their order; none where what came back is no HTTP. */
export function statusesIn(text: string): readonly number[] {
	return [...text.matchAll(/(?:^|[\n}])HTTP\/1\.[01] ([1-5][0-9]{2})/g)].map(([, status]) => Number(status));
}

/** The values of a header in the first answer of raw text. */
export function headerIn(text: string, name: string): readonly string[] {
	const [head = ''] = text.split('\r\n\r\n', 1);
	const headers = head
		.split('\r\n')
		.slice(1)
		.map(
			line =>
				[line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const,
		);
	return valuesOf({headers}, name);
}
