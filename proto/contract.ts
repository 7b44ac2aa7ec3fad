import {canonicalJson} from './canonical-json.ts';
import {type Digest, digestOf, isDigest} from './digest.ts';

/** What the build gate promises and the run gate verifies. Lies in the image as canonical JSON; its digest is a label. */
export interface Contract {
	readonly version: 1;
	readonly frontend: {readonly version: string};
	readonly policy: {readonly name: string; readonly digest: Digest};
	/** The author's Dockerfile, as it was before any rewriting. */
	readonly dockerfile: {readonly digest: Digest};
	readonly application: {
		/** The port the application itself listens on; absent when the image has no listener. */
		readonly port?: number;
		readonly healthPath?: string;
	};
	/** Absent when the image has no listener, and so needs no proxy. */
	readonly proxy?: ProxyContract;
	/** The record of the build, a file beside the contract (`build-record.ts`); absent in images of before it was. */
	readonly record?: {readonly digest: Digest};
	/** What the build gate saw, control by control. */
	readonly checks: Readonly<Record<string, string>>;
}

export interface ProxyContract {
	readonly engine: (typeof engines)[number];
	/** The image that the proxy's tree was copied from. */
	readonly image: string;
	readonly configPath: string;
	readonly configDigest: Digest;
	readonly listeners: readonly Listener[];
	/** Names the proxy answers to; empty means any. */
	readonly hosts: readonly string[];
	readonly tls: {
		readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
		/** What is presented when no certificate is mounted: one made at start, which proves nothing to anybody. */
		readonly withoutCertificate?: 'self-signed';
	};
	/** Headers that MUST be on every answer over TLS, errors included. A value MUST match exactly (case-insensitive) where given. */
	readonly headers: readonly {readonly name: string; readonly value?: string}[];
	/** Answered by the proxy itself, from the application's health. */
	readonly healthPath: string;
	/** A folder that the proxy answers itself, for what no application should be asked. Absent in images of before there was one. */
	readonly canaryPath?: string;
	/** Whether there are networks whose word about a client's address is believed. */
	readonly trustsProxies?: boolean;
	/** How long a client may take for the head of a request before it is cut off. */
	readonly headSeconds?: number;
	/** `off` promises that no answer is ever stored by the proxy; `routes` that only routes which say so keep any. */
	readonly cache: 'off' | 'routes';
	/** The most specific first; empty where all of it is the application, open to everyone. Absent in images of before there were routes. */
	readonly routes?: readonly RouteContract[];
	readonly limits: {
		readonly bodyBytes: number;
		readonly requestsPerSecond: number;
		readonly burst: number;
		readonly connections: number;
	};
}

export interface Listener {
	readonly port: number;
	/** `redirect` is plain HTTP that answers nothing but a redirect to HTTPS; `http3` is UDP; `metrics` is plain HTTP for Prometheus. */
	readonly protocol: (typeof listenerProtocols)[number];
}

/** What must be asked for at a path, and never what is the answer: no hash, no network, no key. */
export interface RouteContract {
	/** Compared after decoding, whatever the case of its letters; a prefix ends where a segment ends. */
	readonly path: string;
	readonly match: 'exact' | 'prefix';
	readonly to: (typeof routeTargets)[number];
	/** Each of them MUST be met; none means everyone. */
	readonly access: readonly (typeof accessKinds)[number][];
	/** Whether its answers may come from the proxy's memory. */
	readonly cached: boolean;
}

const engines = ['nginx', 'traefik'] as const;
const listenerProtocols = ['https', 'redirect', 'http3', 'metrics'] as const;
const routeTargets = ['application', 'upstream', 'files', 'refuse'] as const;
const accessKinds = ['addresses', 'basic', 'certificate', 'forward', 'jwt'] as const;
const MAX_ROUTES = 257;

/** Largest contract that is read, in bytes. */
export const MAX_CONTRACT_BYTES = 64 * 1024;

export class ContractError extends Error {
	override readonly name = 'ContractError';
	readonly code = 'CONTRACT_INVALID';
}

/** The bytes that go into the image, and the digest that goes into the label. One function writes them, `readContract` reads. */
export function sealContract(contract: Contract): {readonly bytes: Uint8Array; readonly digest: Digest} {
	const bytes = new TextEncoder().encode(`${canonicalJson(contract)}\n`);
	return {bytes, digest: digestOf(bytes)};
}

/**
 * Bytes of a contract file → Contract. The image's author may have written them: every field is checked here, once.
 * @throws {ContractError}
 */
export function readContract(bytes: Uint8Array): Contract {
	if (bytes.length > MAX_CONTRACT_BYTES) {
		throw new ContractError(`The contract is larger than ${MAX_CONTRACT_BYTES} bytes`);
	}

	let value: unknown;
	try {
		value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
	} catch (cause) {
		throw new ContractError('The contract is not JSON', {cause});
	}

	const wrong = firstWrong(value);
	if (wrong !== undefined) {
		throw new ContractError(`The contract's ${wrong} is missing or malformed`);
	}

	return value as Contract; // Checked field by field in firstWrong.
}

type Fields = Record<string, unknown>;

function firstWrong(value: unknown): string | undefined {
	if (!isRecord(value) || value['version'] !== 1) {
		return 'version';
	}

	const policy = value['policy'];
	if (!isRecord(policy) || !isText(policy['name']) || !isDigest(policy['digest'])) {
		return 'policy';
	}

	const {frontend, dockerfile, application, proxy, record, checks} = value as Fields &
		Record<'frontend' | 'dockerfile' | 'application' | 'proxy' | 'record' | 'checks', unknown>;
	const wrong: readonly (readonly [string, boolean])[] = [
		['frontend', !isRecord(frontend) || !isText(frontend['version'])],
		['dockerfile', !isRecord(dockerfile) || !isDigest(dockerfile['digest'])],
		['application', !isApplication(application)],
		['record', record !== undefined && (!isRecord(record) || !isDigest(record['digest']))],
		['checks', !isRecord(checks) || !Object.values(checks).every(isText)],
	];
	return wrong.find(([, isWrong]) => isWrong)?.[0] ?? (proxy === undefined ? undefined : wrongInProxy(proxy));
}

function wrongInProxy(proxy: unknown): string | undefined {
	if (!isRecord(proxy) || !isOneOf(proxy['engine'], engines) || !isOneOf(proxy['cache'], ['off', 'routes'])) {
		return 'proxy';
	}

	const {tls, limits} = proxy as Fields & Record<'tls' | 'limits', unknown>;
	const wrong: readonly (readonly [string, boolean])[] = [
		['image', !isText(proxy['image'])],
		['configPath', !isPath(proxy['configPath'])],
		['configDigest', !isDigest(proxy['configDigest'])],
		['listeners', !isListOf(proxy['listeners'], isListener)],
		['hosts', !isListOf(proxy['hosts'], isText)],
		['tls', !isRecord(tls) || (tls['minVersion'] !== 'TLSv1.2' && tls['minVersion'] !== 'TLSv1.3')],
		['headers', !isListOf(proxy['headers'], isHeader)],
		['healthPath', !isPath(proxy['healthPath'])],
		['canaryPath', proxy['canaryPath'] !== undefined && !isPath(proxy['canaryPath'])],
		['trustsProxies', !['undefined', 'boolean'].includes(typeof proxy['trustsProxies'])],
		['headSeconds', proxy['headSeconds'] !== undefined && !isCount(proxy['headSeconds'])],
		['routes', proxy['routes'] !== undefined && !isListOf(proxy['routes'], isRoute, MAX_ROUTES)],
		[
			'limits',
			!isRecord(limits) ||
				!['bodyBytes', 'requestsPerSecond', 'burst', 'connections'].every(key => isCount(limits[key])),
		],
	];
	const name = wrong.find(([, isWrong]) => isWrong)?.[0];
	return name === undefined ? undefined : `proxy.${name}`;
}

function isApplication(value: unknown): boolean {
	return (
		isRecord(value) &&
		(value['port'] === undefined || isPort(value['port'])) &&
		(value['healthPath'] === undefined || isPath(value['healthPath']))
	);
}

function isListener(value: unknown): boolean {
	return isRecord(value) && isPort(value['port']) && isOneOf(value['protocol'], listenerProtocols);
}

function isRoute(value: unknown): boolean {
	return (
		isRecord(value) &&
		isPath(value['path']) &&
		isOneOf(value['match'], ['exact', 'prefix']) &&
		isOneOf(value['to'], routeTargets) &&
		isListOf(value['access'], kind => isOneOf(kind, accessKinds)) &&
		typeof value['cached'] === 'boolean'
	);
}

function isHeader(value: unknown): boolean {
	return (
		isRecord(value) &&
		typeof value['name'] === 'string' &&
		/^[A-Za-z0-9-]{1,64}$/.test(value['name']) &&
		(value['value'] === undefined || isText(value['value']))
	);
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean, max = 64): boolean {
	return Array.isArray(value) && value.length <= max && value.every(isItem);
}

function isOneOf(value: unknown, known: readonly string[]): boolean {
	return typeof value === 'string' && known.includes(value);
}

// Printable ASCII only: these end in requests and in log lines.
function isPath(value: unknown): boolean {
	return typeof value === 'string' && /^\/[\x21-\x7e]{0,255}$/.test(value);
}

function isText(value: unknown): boolean {
	return typeof value === 'string' && value.length > 0 && value.length <= 1024;
}

function isPort(value: unknown): boolean {
	return isCount(value) && Number(value) >= 1 && Number(value) <= 65_535;
}

function isCount(value: unknown): boolean {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
