import {decode} from '../../proto/buildkit/codec.ts';
import {definition, op} from '../../proto/buildkit/ops.ts';
import {FrontendError, GatewayError} from '../error.ts';
import type {Gateway} from '../gateway/client.ts';
import {definitionOf, type Graph, source} from '../llb/definition.ts';
import type {Options} from '../options.ts';
import type {IgnoreFile} from '../rules/rule.ts';
import {readRemoteDockerfile} from './remote.ts';

/** Everything that is read before anything is judged. */
export interface Sources {
	/** Name inside its source, which is what BuildKit shows. */
	readonly filename: string;
	readonly dockerfile: Uint8Array;
	/** `<filename>.dockerignore`, which only its neighbour reads. */
	readonly ignoreFile: Uint8Array | undefined;
	/** `.dockerignore` in the root of the client's context. */
	readonly contextIgnoreFile: Uint8Array | undefined;
	/** `.sallyport.yaml` in the root of the context. */
	readonly project: Uint8Array | undefined;
	/** The context of a git or http build, as a definition; a client's context stays with the client. */
	readonly context: Uint8Array | undefined;
	/** Definitions that the client brought, to be passed on. */
	readonly inputs: Readonly<Record<string, Uint8Array>>;
	/** Head of the vertex that the Dockerfile came from: what warnings are attached to. */
	readonly vertex: string;
}

export const PROJECT_FILE = '.sallyport.yaml';
const IGNORE_FILE = '.dockerignore';

/** Read no more of a file than this: larger ones are refused later, by the one who knows why. */
const MAX_READ_BYTES = 4 * 1024 * 1024;

/**
 * Finds the Dockerfile where BuildKit's own frontend would: in the git or http context, in an input, or in a directory
 * of the client; and the project file in the root of the context.
 */
export async function readSources(gateway: Gateway, options: Options): Promise<Sources> {
	const {definitions = {}} = await gateway.call('inputs', {});
	const {remoteContext} = options;
	if (remoteContext !== undefined) {
		return readRemote(gateway, options, definitions);
	}

	const input = options.isDockerfileLocalForced ? undefined : definitions['dockerfile'];
	const graph = dockerfileGraph(options);
	const from = input ?? definitionOf(graph);
	const context = definitions['context'];
	const [text, root] = await Promise.all([
		readDockerfile(gateway, from, options.filename),
		context === undefined
			? readRoot(gateway, definitionOf(rootGraph(options)), '')
			: readRoot(gateway, context, options.contextSubdir),
	]);
	return {...text, ...root, context: undefined, inputs: definitions, vertex: graph.head?.digest ?? ''};
}

/** A git or http context, which the Dockerfile lies in. A lone Dockerfile is a context of one file. */
async function readRemote(gateway: Gateway, options: Options, inputs: Sources['inputs']): Promise<Sources> {
	const found = await readRemoteDockerfile(gateway, options, inputs);
	const {filename = options.filename, data, definition: from, context} = found;
	return {
		filename,
		dockerfile: data,
		// BuildKit applies no ignore file to a context that does not come from the client.
		ignoreFile: undefined,
		...(await readRoot(gateway, context, options.contextSubdir)),
		context,
		inputs,
		vertex: headOf(from),
	};
}

/** What keeps files of the client's context out of the build, and what it is called; absent for a context from elsewhere. */
export function ignoreFileOf({
	filename,
	ignoreFile,
	contextIgnoreFile,
	context,
	inputs,
}: Sources): IgnoreFile | undefined {
	if (context !== undefined || inputs['context'] !== undefined) {
		return undefined;
	}

	const isOwn = ignoreFile !== undefined;
	const bytes = ignoreFile ?? contextIgnoreFile;
	const text = bytes === undefined ? undefined : new TextDecoder().decode(bytes);
	return {name: isOwn ? `${filename}.dockerignore` : IGNORE_FILE, text};
}

async function readDockerfile(
	gateway: Gateway,
	from: Uint8Array,
	filename: string,
): Promise<Pick<Sources, 'filename' | 'dockerfile' | 'ignoreFile'>> {
	const ref = await solve(gateway, from);
	const [wanted, ignoreFile] = await readBoth(gateway, ref, filename);
	if (wanted !== undefined) {
		return {filename, dockerfile: wanted, ignoreFile};
	}

	const other = lowered(filename);
	const [found, otherIgnoreFile] = other === filename ? [] : await readBoth(gateway, ref, other);
	if (found === undefined) {
		const message = `There is no ${filename} here; name yours with "docker build -f PATH"`;
		throw new FrontendError('FRONTEND_NO_DOCKERFILE', message);
	}

	return {filename: other, dockerfile: found, ignoreFile: otherIgnoreFile};
}

type Optional = Uint8Array | undefined;

/** A Dockerfile and the ignore file that belongs to its name. */
async function readBoth(gateway: Gateway, ref: string, name: string): Promise<readonly [Optional, Optional]> {
	return Promise.all([readOptional(gateway, ref, name), readOptional(gateway, ref, `${name}.dockerignore`)]);
}

type Root = Pick<Sources, 'project' | 'contextIgnoreFile'>;

const nothing: Root = {project: undefined, contextIgnoreFile: undefined};

/** What lies in the root of the context, or nothing: one that cannot be read here is one the delegate will complain about. */
async function readRoot(gateway: Gateway, from: Uint8Array, folder: string): Promise<Root> {
	const prefix = folder === '' ? '' : `${folder}/`;
	try {
		const ref = await solve(gateway, from);
		const [project, contextIgnoreFile] = await Promise.all(
			[PROJECT_FILE, IGNORE_FILE].map(name => readOptional(gateway, ref, prefix + name)),
		);
		return {project, contextIgnoreFile};
	} catch (error) {
		if (error instanceof GatewayError) {
			return nothing;
		}

		throw error;
	}
}

async function solve(gateway: Gateway, from: Uint8Array): Promise<string> {
	const {result} = await gateway.call('solve', {
		definition: from,
		allowResultReturn: true,
		allowResultArrayRef: true,
	});
	return result?.ref?.id ?? '';
}

/** A missing file has no error of its own in this protocol, only words of the operating system. */
async function readOptional(gateway: Gateway, ref: string, path: string): Promise<Uint8Array | undefined> {
	try {
		const {data} = await gateway.call('readFile', {ref, path, range: {length: MAX_READ_BYTES}});
		return data ?? new Uint8Array();
	} catch (error) {
		if (
			error instanceof GatewayError &&
			/no such file or directory|not found/.test(error.status.message ?? '')
		) {
			return undefined;
		}

		throw error;
	}
}

/** BuildKit also finds `dockerfile` where `Dockerfile` was asked for. */
function lowered(filename: string): string {
	const at = filename.lastIndexOf('/') + 1;
	return filename.slice(at) === 'Dockerfile' ? `${filename.slice(0, at)}dockerfile` : filename;
}

function dockerfileGraph({dockerfileLocal, filename, session}: Options): Graph {
	const paths = [filename, `${filename}.dockerignore`, lowered(filename)];
	const attrs = {
		'local.session': session(dockerfileLocal),
		'local.followpaths': JSON.stringify([...new Set(paths)]),
		// The hint BuildKit's own frontend uses, so that both share one transfer.
		'local.sharedkeyhint': dockerfileLocal,
		'local.differ': 'none',
	};
	return source(`local://${dockerfileLocal}`, attrs, `[internal] load build definition from ${filename}`);
}

function rootGraph({contextLocal, session}: Options): Graph {
	const attrs = {
		'local.session': session(contextLocal),
		'local.followpaths': JSON.stringify([PROJECT_FILE, IGNORE_FILE]),
		// Our own hint: under the user's, this small transfer would throw their big one away.
		'local.sharedkeyhint': 'sallyport-root',
		'local.differ': 'none',
	};
	return source(`local://${contextLocal}`, attrs, `[sallyport] load ${PROJECT_FILE} and ${IGNORE_FILE}`);
}

function headOf(from: Uint8Array): string {
	const {def = []} = decode(definition, from);
	const terminal = def.at(-1);
	return (terminal === undefined ? undefined : decode(op, terminal).inputs?.[0]?.digest) ?? '';
}
