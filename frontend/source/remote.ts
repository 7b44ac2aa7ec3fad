import {decode, encode} from '../../proto/buildkit/codec.ts';
import type {Result} from '../../proto/buildkit/gateway.ts';
import {definition, type Op, op} from '../../proto/buildkit/ops.ts';
import {FrontendError} from '../error.ts';
import type {Gateway} from '../gateway/client.ts';
import {definitionOf, graphOf} from '../llb/definition.ts';
import type {Options} from '../options.ts';

/** A Dockerfile in a git or http context. */
export interface RemoteDockerfile {
	/** Name inside its source. */
	readonly filename: string | undefined;
	readonly data: Uint8Array;
	/** Of what it was read from. */
	readonly definition: Uint8Array;
	/** Of the context that its steps see. */
	readonly context: Uint8Array;
}

type Found = Omit<RemoteDockerfile, 'context'>;

type Inputs = Readonly<Record<string, Uint8Array>>;

/**
 * Instead of reading URLs as BuildKit does, and differently in the next version, we ask: the delegate is solved lazily with
 * the options as they came, and its result says which definition the Dockerfile was read from. A result without a single
 * step says nothing; then the checks of the same file do. A single-use upload is not fetched twice, because equal vertices
 * are shared.
 */
export async function readRemoteDockerfile(
	gateway: Gateway,
	{raw, remoteContext, isDockerfileLocalForced}: Options,
	inputs: Inputs,
): Promise<RemoteDockerfile> {
	const {requestid: _asked, ...rest} = Object.fromEntries(raw);
	const opts = {...rest, cmdline: rest['cmdline'] ?? 'sallyport'};
	const ask = async (more: Readonly<Record<string, string>>): Promise<Result> => {
		const {result} = await gateway.call('solve', {
			frontend: 'dockerfile.v0',
			opts: {...opts, ...more},
			inputs,
			allowResultReturn: true,
			allowResultArrayRef: true,
		});
		return result ?? {};
	};

	const result = await ask({});
	const found = foundIn(result) ?? checkedIn(await ask({requestid: 'frontend.lint'}));
	if (found === undefined) {
		throw new FrontendError(
			'FRONTEND_NO_DOCKERFILE',
			'BuildKit did not say where it read the Dockerfile from; build from a local folder instead',
		);
	}

	// Beside a Dockerfile of the client's, the context is what its steps read. Where none reads it, anything will do.
	const context = isDockerfileLocalForced
		? contextIn(definitionIn(result), remoteContext?.url ?? '')
		: undefined;
	return {...found, context: context ?? found.definition};
}

function definitionIn({ref, refs}: Result): Uint8Array | undefined {
	return (ref ?? Object.values(refs?.refs ?? {})[0])?.def;
}

function foundIn(result: Result): Found | undefined {
	const def = definitionIn(result);
	const [info] = def === undefined ? [] : (decode(definition, def).source?.infos ?? []);
	return info?.data === undefined || info.definition === undefined
		? undefined
		: {filename: info.filename, data: info.data, definition: info.definition};
}

interface Checked {
	readonly sources?: readonly {
		readonly filename?: string;
		readonly data?: string;
		readonly definition?: {
			readonly def?: readonly string[];
			readonly metadata?: Readonly<Record<string, {readonly description?: Readonly<Record<string, string>>}>>;
		};
	}[];
}

/** In JSON, where the definition is written as Go writes it. */
function checkedIn({metadata}: Result): Found | undefined {
	const json = metadata?.['result.json'];
	const answer = json === undefined ? {} : (JSON.parse(new TextDecoder().decode(json)) as Checked);
	const [{filename, data, definition: from} = {}] = answer.sources ?? [];
	if (data === undefined || from?.def === undefined) {
		return undefined;
	}

	const entries = Object.entries(from.metadata ?? {}).map(
		([digest, {description = {}}]) => [digest, {description}] as const,
	);
	const def = from.def.map(op => Buffer.from(op, 'base64'));
	return {
		filename,
		data: Buffer.from(data, 'base64'),
		definition: encode(definition, {def, metadata: Object.fromEntries(entries)}),
	};
}

/**
 * The part of a graph that is the context at this address: a repository, a download, or what was unpacked from one.
 * @returns undefined where no step reads it
 * @throws {FrontendError} FRONTEND_NO_DOCKERFILE where it cannot be told from other repositories that steps read
 */
function contextIn(def: Uint8Array | undefined, url: string): Uint8Array | undefined {
	const ops = graphOf(def ?? new Uint8Array()).vertices.map(vertex => ({
		vertex,
		...decode(op, vertex.bytes),
	}));
	const identifierOf = ({source}: Op): string => source?.identifier ?? '';
	const bare = url.replace(/^[a-z]+:\/\//, '');
	const repositories = ops.filter(each => identifierOf(each).startsWith('git://'));
	const exact = ops.find(each => [url, `git://${bare}`].includes(identifierOf(each)));
	if (exact === undefined && repositories.length > 1) {
		const message = `BuildKit does not say which of ${repositories.length} repositories is the context; clone it and build from the folder`;
		throw new FrontendError('FRONTEND_NO_DOCKERFILE', message);
	}

	const read = exact ?? repositories[0];
	const unpacked = ops.find(
		({inputs, file}) =>
			inputs?.[0]?.digest === read?.vertex.digest && file?.actions?.[0]?.copy?.attemptUnpack === true,
	);
	const vertices = [read, unpacked].flatMap(each => each?.vertex ?? []);
	const digest = vertices.at(-1)?.digest;
	return digest === undefined ? undefined : definitionOf({vertices, head: {digest, index: 0}});
}
