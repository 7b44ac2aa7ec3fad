import {PolicyError} from '../policies/error.ts';
import type {Result, Status} from '../proto/buildkit/gateway.ts';
import type {Contract} from '../proto/contract.ts';
import {labels, paths} from '../proto/labels.ts';
import {type Excerpt, FrontendError, GatewayError} from './error.ts';
import type {ConfigPatch} from './rules/rule.ts';

/** What is changed in the image's configuration; the layers are BuildKit's business. */
export interface ImagePatch {
	readonly contract: Contract;
	readonly contractDigest: string;
	readonly config: readonly ConfigPatch[];
	/** For what the image does not say of itself. */
	readonly labels: Readonly<Record<string, string>>;
	/** What findings were passed over for, if they were. */
	readonly ticket?: string | undefined;
}

const CONFIG = 'containerimage.config';
const UNKNOWN = 2;
const INVALID_ARGUMENT = 3;

/** The delegate's result with every platform's image configuration patched; refs, attestations and the rest untouched. */
export function patched(result: Result, patch: ImagePatch): Result {
	const metadata = Object.fromEntries(
		Object.entries(result.metadata ?? {}).map(([key, value]) =>
			key === CONFIG || key.startsWith(`${CONFIG}/`) ? [key, patchConfig(value, patch)] : [key, value],
		),
	);
	return {...result, metadata};
}

type Fields = Record<string, unknown>;

/** Patches and never rebuilds: fields that we do not know are BuildKit's and stay as they are. */
function patchConfig(
	bytes: Uint8Array,
	{contract, contractDigest, config, ticket, labels: more}: ImagePatch,
): Uint8Array {
	const image = JSON.parse(new TextDecoder().decode(bytes)) as Fields;
	const inner = isRecord(image['config']) ? image['config'] : {};
	const {proxy, policy} = contract;
	const policyLabel = `${policy.name}@${policy.digest}`;
	const healthcheck = config.findLast(each => each.healthcheck !== undefined)?.healthcheck;
	const next: Fields = {
		...inner,
		...(proxy === undefined
			? {}
			: behindProxy(
					inner,
					proxy.listeners.map(({port}) => port),
				)),
		...(healthcheck === undefined
			? {}
			: {
					Healthcheck: {
						Test: healthcheck.test,
						Interval: healthcheck.interval,
						Timeout: healthcheck.timeout,
						StartPeriod: healthcheck.startPeriod,
						Retries: healthcheck.retries,
					},
				}),
		Labels: {
			...withoutBypass(inner['Labels']),
			...more,
			[labels.contract]: contractDigest,
			[labels.policy]: policyLabel,
			...(ticket === undefined ? {} : {[labels.bypass]: ticket}),
		},
	};
	const history = Array.isArray(image['history']) ? image['history'] : [];
	const note = {
		created_by: `sallyport contract ${contractDigest}`,
		comment: 'sallyport/frontend',
		empty_layer: true,
	};
	return new TextEncoder().encode(JSON.stringify({...image, config: next, history: [...history, note]}));
}

/** A base image may have been built with break-glass, and an author may write what they like: the label tells of this build alone. */
function withoutBypass(value: unknown): Fields {
	const entries = Object.entries(isRecord(value) ? value : {});
	return Object.fromEntries(entries.filter(([name]) => name !== labels.bypass));
}

/** Our supervisor becomes PID 1 and gets the image's own entry as its arguments; only the proxy's ports are announced. */
function behindProxy(inner: Fields, ports: readonly number[]): Fields {
	return {
		Entrypoint: [...SUPERVISED, ...ownEntry(inner['Entrypoint'])],
		ExposedPorts: Object.fromEntries(ports.map(port => [`${port}/tcp`, {}])),
	};
}

const SUPERVISED = [paths.init, 'run', '--'];

/** Without our supervisor, which the entry already has in an image on one of ours: one is enough, however long the chain is. */
function ownEntry(value: unknown): readonly unknown[] {
	let entry: readonly unknown[] = Array.isArray(value) ? value : [];
	while (SUPERVISED.every((word, at) => entry[at] === word)) {
		entry = entry.slice(SUPERVISED.length);
	}

	return entry;
}

/** True for what a person can put right by themselves; anything else is a defect of ours, and worth a stack trace in the log. */
export function isExpected(error: unknown): boolean {
	return error instanceof FrontendError || error instanceof GatewayError || error instanceof PolicyError;
}

/** What BuildKit shows the user when a build fails. */
export function statusOf(error: unknown): Status {
	if (error instanceof GatewayError) {
		return error.status;
	}

	if (error instanceof FrontendError) {
		return {
			code: error.code === 'FRONTEND_BAD_OPTION' ? INVALID_ARGUMENT : UNKNOWN,
			message: error.message,
			details: error.excerpts.map(excerptDetail),
		};
	}

	// A policy document is refused with its file and line; that is the author's matter, not a defect of ours.
	if (error instanceof PolicyError) {
		return {code: UNKNOWN, message: error.message};
	}

	const reason = error instanceof Error ? error.message : String(error);
	return {code: UNKNOWN, message: `The sallyport frontend failed by itself; please report this: ${reason}`};
}

const SOURCE = 'github.com/moby/buildkit/errdefs.Source+json';

/** The line of the Dockerfile that BuildKit blames, if it blames one. */
export function failingLine({details = []}: Status): number | undefined {
	const place = details.find(({typeUrl}) => typeUrl === SOURCE);
	try {
		const {ranges} = JSON.parse(new TextDecoder().decode(place?.value)) as {
			readonly ranges?: readonly {readonly start?: {readonly line?: number}}[];
		};
		return ranges?.[0]?.start?.line;
	} catch {
		return undefined;
	}
}

/** BuildKit's own form of "this place in that file": JSON under a containerd type URL, bytes as base64. */
function excerptDetail({file, data, ranges}: Excerpt): {typeUrl: string; value: Uint8Array} {
	const place = {
		info: {filename: file, data: Buffer.from(data).toString('base64'), language: 'Dockerfile'},
		ranges: ranges.map(({line, endLine}) => ({
			start: {line, character: 0},
			end: {line: endLine, character: 0},
		})),
	};
	return {
		typeUrl: SOURCE,
		value: new TextEncoder().encode(JSON.stringify(place)),
	};
}

function isRecord(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
