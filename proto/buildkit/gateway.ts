import {map, message, repeated, type ValueOf} from './codec.ts';
import {platform, range, sourceInfo} from './ops.ts';

/** The part of BuildKit's frontend gateway (package `moby.buildkit.v1.frontend`) that we speak. Numbers are wire facts. */
export const SERVICE = '/moby.buildkit.v1.frontend.LLBBridge/';

const any = message({typeUrl: [1, 'string'], value: [2, 'bytes']});

/** google.rpc.Status; detail values of BuildKit are JSON under a `…+json` type URL. */
export const status = message({code: [1, 'int32'], message: [2, 'string'], details: [3, repeated(any)]});

const cap = message({id: [1, 'string'], enabled: [2, 'bool']});
const worker = message({
	id: [1, 'string'],
	labels: [2, map('string')],
	platforms: [3, repeated(platform)],
	version: [5, message({package: [1, 'string'], version: [2, 'string']})],
});

/** `def` stays bytes: it is passed on or decoded where it is needed. */
export const ref = message({id: [1, 'string'], def: [2, 'bytes']});

const attestation = message({
	/** 0 for a predicate of in-toto, which is all that we make. */
	kind: [1, 'int32'],
	metadata: [2, map('bytes')],
	/** Holds the predicate's file. */
	ref: [3, ref],
	path: [4, 'string'],
	predicateType: [5, 'string'],
});

/** What is attested of one platform's image. Two such messages put one behind the other are one with the items of both. */
export const attestations = message({attestation: [1, repeated(attestation)]});

export const result = message({
	ref: [3, ref],
	refs: [4, message({refs: [1, map(ref)]})],
	metadata: [10, map('bytes')],
	/** By platform. What came from the delegate is passed on byte by byte; ours are put behind it. */
	attestations: [12, map('bytes')],
});

const cacheImport = message({type: [1, 'string'], attrs: [2, map('string')]});

export const methods = {
	ping: {
		path: 'Ping',
		request: message({}),
		response: message({
			frontendCaps: [1, repeated(cap)],
			llbCaps: [2, repeated(cap)],
			workers: [3, repeated(worker)],
		}),
	},
	inputs: {path: 'Inputs', request: message({}), response: message({definitions: [1, map('bytes')]})},
	solve: {
		path: 'Solve',
		request: message({
			/** Either a serialized definition … */
			definition: [1, 'bytes'],
			/** … or a frontend with its complete options. */
			frontend: [2, 'string'],
			opts: [3, map('string')],
			allowResultReturn: [5, 'bool'],
			allowResultArrayRef: [6, 'bool'],
			cacheImports: [12, repeated(cacheImport)],
			inputs: [13, map('bytes')],
			evaluate: [14, 'bool'],
		}),
		response: message({result: [3, result]}),
	},
	readFile: {
		path: 'ReadFile',
		request: message({
			ref: [1, 'string'],
			path: [2, 'string'],
			range: [3, message({offset: [1, 'int64'], length: [2, 'int64']})],
		}),
		response: message({data: [1, 'bytes']}),
	},
	statFile: {
		path: 'StatFile',
		request: message({ref: [1, 'string'], path: [2, 'string']}),
		response: message({stat: [1, message({path: [1, 'string'], mode: [2, 'uint32'], size: [5, 'int64']})]}),
	},
	readDir: {
		path: 'ReadDir',
		request: message({ref: [1, 'string'], path: [2, 'string']}),
		response: message({entries: [1, repeated(message({path: [1, 'string'], mode: [2, 'uint32']}))]}),
	},
	resolveImageConfig: {
		path: 'ResolveImageConfig',
		request: message({
			ref: [1, 'string'],
			platform: [2, platform],
			resolveMode: [3, 'string'],
			logName: [4, 'string'],
		}),
		response: message({digest: [1, 'string'], config: [2, 'bytes'], ref: [3, 'string']}),
	},
	warn: {
		path: 'Warn',
		request: message({
			digest: [1, 'string'],
			level: [2, 'int64'],
			short: [3, 'bytes'],
			detail: [4, repeated('bytes')],
			url: [5, 'string'],
			info: [6, sourceInfo],
			ranges: [7, repeated(range)],
		}),
		response: message({}),
	},
	return: {
		path: 'Return',
		request: message({result: [1, result], error: [2, status]}),
		response: message({}),
	},
} as const;

export type Methods = typeof methods;
export type MethodName = keyof Methods;
export type RequestOf<M extends MethodName> = ValueOf<Methods[M]['request']>;
export type ResponseOf<M extends MethodName> = ValueOf<Methods[M]['response']>;
export type Status = ValueOf<typeof status>;
export type Result = ValueOf<typeof result>;
