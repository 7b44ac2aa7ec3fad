import {map, message, repeated, type ValueOf} from './codec.ts';

/** The part of BuildKit's low-level build definition (LLB, package `pb`) that we write ourselves. Numbers are wire facts. */
export const platform = message({
	architecture: [1, 'string'],
	os: [2, 'string'],
	variant: [3, 'string'],
});

const input = message({digest: [1, 'string'], index: [2, 'int64']});

const mount = message({
	input: [1, 'int64'],
	selector: [2, 'string'],
	dest: [3, 'string'],
	output: [4, 'int64'],
	readonly: [5, 'bool'],
	/** 0 bind, 4 tmpfs. */
	mountType: [6, 'int32'],
	tmpfs: [19, message({size: [1, 'int64']})],
});

const exec = message({
	meta: [
		1,
		message({
			args: [1, repeated('string')],
			env: [2, repeated('string')],
			cwd: [3, 'string'],
			user: [4, 'string'],
		}),
	],
	mounts: [2, repeated(mount)],
	/** 2 is none. */
	network: [3, 'int32'],
});

const source = message({identifier: [1, 'string'], attrs: [2, map('string')]});

const fileAction = message({
	/** -1 is scratch; 0…n-1 the op's inputs; n… earlier actions. */
	input: [1, 'int64'],
	secondaryInput: [2, 'int64'],
	/** -1 is none. */
	output: [3, 'int64'],
	copy: [
		4,
		message({
			src: [1, 'string'],
			dest: [2, 'string'],
			mode: [4, 'int32'],
			dirCopyContents: [6, 'bool'],
			attemptUnpack: [7, 'bool'],
			createDestPath: [8, 'bool'],
			timestamp: [11, 'int64'],
		}),
	],
	mkfile: [
		5,
		message({path: [1, 'string'], mode: [2, 'int32'], data: [3, 'bytes'], timestamp: [5, 'int64']}),
	],
	mkdir: [
		6,
		message({path: [1, 'string'], mode: [2, 'int32'], makeParents: [3, 'bool'], timestamp: [5, 'int64']}),
	],
	rm: [7, message({path: [1, 'string'], allowNotFound: [2, 'bool']})],
});

/** One vertex. Exactly one of exec, source and file is set, or none in a definition's terminal op. */
export const op = message({
	inputs: [1, repeated(input)],
	exec: [2, exec],
	source: [3, source],
	file: [4, message({actions: [2, repeated(fileAction)]})],
	platform: [10, platform],
	/** Go always writes it, empty; without it the digest differs and single-use sources are not shared. */
	constraints: [11, message({filter: [1, repeated('string')]})],
});

const opMetadata = message({
	/** Done again, whatever was kept of it. */
	ignoreCache: [1, 'bool'],
	description: [2, map('string')],
	caps: [5, map('bool')],
});

export const position = message({line: [1, 'int32'], character: [2, 'int32']});
export const range = message({start: [1, position], end: [2, position]});

/** Definitions of others are passed on as bytes, so that fields we do not know survive. */
export const sourceInfo = message({
	filename: [1, 'string'],
	data: [2, 'bytes'],
	definition: [3, 'bytes'],
	language: [4, 'string'],
});

export const sources = message({
	locations: [1, map('bytes')],
	infos: [2, repeated(sourceInfo)],
});

export const definition = message({
	/** Serialized ops; the last one is terminal and only points at the head. */
	def: [1, repeated('bytes')],
	/** Keyed by vertex digest. MUST have an entry for every op. */
	metadata: [2, map(opMetadata)],
	source: [3, sources],
});

export type Op = ValueOf<typeof op>;
export type FileAction = ValueOf<typeof fileAction>;
