import {decode, encode, type ValueOf} from '../../proto/buildkit/codec.ts';
import {definition, type FileAction, type Op, op} from '../../proto/buildkit/ops.ts';
import {digestOf} from '../../proto/digest.ts';
import {fullReference} from './reference.ts';

/** A graph under construction: serialized vertices in order, and the one that later vertices build on. */
export interface Graph {
	readonly vertices: readonly Vertex[];
	readonly head: {readonly digest: string; readonly index: number} | undefined;
	/** Which lines of which file the vertices were made from: what BuildKit shows when one of them fails. */
	readonly source?: Source | undefined;
}

type Source = NonNullable<ValueOf<typeof definition>['source']>;

interface Vertex {
	readonly bytes: Uint8Array;
	readonly digest: string;
	readonly name?: string;
	/** Done again, whatever the builder has kept of it. */
	readonly isFresh?: boolean;
}

export const emptyGraph: Graph = {vertices: [], head: undefined};

/** A file to write, with permission bits such as 0o644. */
export interface NewFile {
	readonly path: string;
	readonly mode: number;
	readonly data: Uint8Array;
}

/**
 * Adds a vertex. Bytes are canonical (see the codec), so equal vertices have equal digests and are done once.
 * @param name what the progress display calls it
 * @param output which output of the vertex later ones build on
 */
export function withVertex(graph: Graph, value: Op, name?: string, output = 0): Graph {
	const bytes = encode(op, {...value, constraints: {}});
	const digest = digestOf(bytes);
	return {
		...graph,
		vertices: [...graph.vertices, {bytes, digest, ...(name === undefined ? {} : {name})}],
		head: {digest, index: output},
	};
}

/** Files from a directory of the client, or anything else that BuildKit has a source for. */
export function source(identifier: string, attrs: Readonly<Record<string, string>>, name: string): Graph {
	return withVertex(emptyGraph, {source: {identifier, attrs}}, name);
}

/** An image of the given platform. */
export function image(ref: string, platform: NonNullable<Op['platform']>, resolveMode: string): Graph {
	const attrs = resolveMode === 'default' ? {} : {'image.resolvemode': resolveMode};
	const value: Op = {source: {identifier: `docker-image://${fullReference(ref)}`, attrs}, platform};
	return withVertex(emptyGraph, value, `[sallyport] proxy layer from ${ref}`);
}

/** Writes files on top of a graph, or on nothing. Times of files are 1970; those of folders are settled by `withTree`. */
export function withFiles(graph: Graph, files: readonly NewFile[], name: string): Graph {
	const base = graph.head === undefined ? [] : [graph.head];
	const actions: FileAction[] = [];
	const add = (action: FileAction) => {
		// The first action works on the op's input or on scratch (-1), each later one on the one before.
		const input = actions.length === 0 ? (base.length === 0 ? -1 : 0) : base.length + actions.length - 1;
		actions.push({...action, input, secondaryInput: -1, output: -1});
	};
	for (const folder of foldersOf(files)) {
		add({mkdir: {path: folder, mode: 0o755, makeParents: true}});
	}

	for (const {path, mode, data} of files) {
		add({mkfile: {path, mode, data}});
	}

	const done = actions.map((action, at) => (at === actions.length - 1 ? {...action, output: 0} : action));
	return withVertex(graph, {inputs: base, file: {actions: done}}, name);
}

/**
 * Copies a tree into another: `from`'s root over `graph`'s root. What is copied is of 1970, folders too: they would else be as new as
 * the last file that was put into them, and the layer another one each time.
 */
export function withTree(graph: Graph, from: Graph, name: string): Graph {
	if (from.head === undefined) {
		return graph;
	}

	const base = graph.head === undefined ? [] : [graph.head];
	const copy = {src: '/', dest: '/', mode: -1, dirCopyContents: true, createDestPath: true, timestamp: 0};
	// On nothing (-1) where there is no tree to copy into.
	const action: FileAction = {input: base.length - 1, secondaryInput: base.length, output: 0, copy};
	return withVertex(joined(graph, from), {inputs: [...base, from.head], file: {actions: [action]}}, name);
}

/** The same tree without a folder, which need not be there. */
export function withoutFolder(graph: Graph, path: string, name: string): Graph {
	const action: FileAction = {input: 0, secondaryInput: -1, output: 0, rm: {path, allowNotFound: true}};
	return graph.head === undefined
		? graph
		: withVertex(graph, {inputs: [graph.head], file: {actions: [action]}}, name);
}

/** The wire form: every vertex, the terminal op that points at the head, and metadata for each of them. */
export function definitionOf({vertices, head, source: from}: Graph): Uint8Array {
	if (head === undefined) {
		return encode(definition, {});
	}

	const terminal = encode(op, {inputs: [head]});
	const metadata = Object.fromEntries([
		...vertices.map(({digest, name, isFresh}) => [
			digest,
			{
				...(isFresh === true ? {ignoreCache: true} : {}),
				...(name === undefined ? {} : {description: {'llb.customname': name}}),
			},
		]),
		// Without an entry for the terminal op a definition is refused as an input.
		[digestOf(terminal), {}],
	]);
	return encode(definition, {
		def: [...vertices.map(({bytes}) => bytes), terminal],
		metadata,
		...(from === undefined ? {} : {source: from}),
	});
}

function foldersOf(files: readonly NewFile[]): readonly string[] {
	const folders = files.map(({path}) => path.slice(0, path.lastIndexOf('/'))).filter(folder => folder !== '');
	return [...new Set(folders)];
}

/** A definition that BuildKit gave out → a graph that more can be built on. Its vertices stay the bytes they are. */
export function graphOf(bytes: Uint8Array): Graph {
	const {def = [], metadata = {}, source: from} = decode(definition, bytes);
	const last = def.at(-1);
	const [head] = last === undefined ? [] : (decode(op, last).inputs ?? []);
	const vertices = def.slice(0, -1).map(vertex => {
		const digest = digestOf(vertex);
		const {ignoreCache = false, description} = metadata[digest] ?? {};
		const name = description?.['llb.customname'];
		return {
			bytes: vertex,
			digest,
			...(name === undefined ? {} : {name}),
			...(ignoreCache ? {isFresh: true} : {}),
		};
	});
	return {
		vertices,
		head: head?.digest === undefined ? undefined : {digest: head.digest, index: head.index ?? 0},
		source: from,
	};
}

/** The same graph, whose head is done again whatever the builder has kept of it. */
export function withFreshHead(graph: Graph): Graph {
	const {vertices, head} = graph;
	return {
		...graph,
		vertices: vertices.map(vertex => (vertex.digest === head?.digest ? {...vertex, isFresh: true} : vertex)),
	};
}

/** Both graphs' vertices in one, each once; the first one's head, and the lines of the one that has any. */
export function joined(graph: Graph, other: Graph): Graph {
	const known = new Set(graph.vertices.map(({digest}) => digest));
	return {
		vertices: [...graph.vertices, ...other.vertices.filter(({digest}) => !known.has(digest))],
		head: graph.head,
		source: graph.source ?? other.source,
	};
}
