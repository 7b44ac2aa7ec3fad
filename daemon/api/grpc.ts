import {readFileSync} from 'node:fs';
import type {Duplex} from 'node:stream';
import {
	type handleUnaryCall,
	type MethodDefinition,
	Server,
	ServerCredentials,
	type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import {BUNDLE_MEDIA_TYPE} from '../../proto/bundle.ts';
import type {Answers} from './answers.ts';
import type {Parameters} from './query.ts';
import {ApiError, statusOf} from './status.ts';

type Fields = Readonly<Record<string, unknown>>;
type Answer = (request: Fields, answers: Answers) => unknown;

// A request is a handful of short texts.
const MAX_REQUEST_BYTES = 64 * 1024;

/** Each call by its name in the .proto files: a message's fields in, a message's fields out. */
const calls: Readonly<Record<string, Answer>> = {
	ListEntries: (request, answers) => answers.list(parametersOf(request)),
	GetEntry: async ({id}, answers) => {
		const entry = fieldsOf(await answers.entry(String(id)));
		return {...entry, statement: JSON.stringify(entry['statement'])};
	},
	GetBundle: async ({id}, answers) => ({
		mediaType: BUNDLE_MEDIA_TYPE,
		json: JSON.stringify(await answers.bundle(String(id))),
	}),
	ListTargets: (_, answers) => answers.targets(),
	GetCheckpoint: (_, answers) => answers.checkpoint(),
	GetInclusionProof: (request, answers) => answers.inclusion(parametersOf(request)),
	GetConsistencyProof: (request, answers) => answers.consistency(parametersOf(request)),
	GetTrustedRoot: (_, answers) => ({json: JSON.stringify(answers.trustedRoot())}),
	ListKeys: (_, answers) => answers.keys(),
	ListEpisodes: (request, answers) => answers.episodes(parametersOf(request)),
	GetEpisode: ({id}, answers) => answers.episode(String(id)),
	AcknowledgeEpisode: (request, answers) => answers.acknowledge(String(request['id']), request),
	TestAlert: (request, answers) => answers.testAlert(request),
	Check: ({service}, answers) => {
		if (service !== '' && !Object.hasOwn(services, String(service))) {
			throw new ApiError('NOT_FOUND', 'NO_SUCH_SERVICE', 'There is no service of that name');
		}

		return {status: answers.isReady() ? 'SERVING' : 'NOT_SERVING'};
	},
};

const services = {
	'sallyport.v1.Record': 'log.proto',
	'sallyport.v1.Log': 'log.proto',
	'sallyport.v1.Episodes': 'episodes.proto',
	'grpc.health.v1.Health': 'health.proto',
} as const;

/** The gRPC half of the API. It listens nowhere: connections are handed to `inject` by who has accepted them. */
export interface GrpcServer {
	inject(connection: Duplex): void;
	close(): Promise<void>;
}

export function grpcServer(answers: Answers, onDefect: (error: unknown) => void): GrpcServer {
	const server = new Server({
		'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
		'grpc.max_concurrent_streams': 64,
		'grpc.max_connection_idle_ms': 300_000,
		'grpc.keepalive_time_ms': 60_000,
	});
	for (const [name, file] of Object.entries(services)) {
		const service = protobuf.parse(readProto(file), {keepCase: false}).root.lookupService(name);
		service.root.resolveAll();
		const {definition, implementation} = serviceOf(service, name, answers, onDefect);
		server.addService(definition, implementation);
	}

	const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
	return {
		inject: connection => injector.injectConnection(connection),
		close: () =>
			new Promise(resolve => {
				injector.drain(1000);
				const timer = setTimeout(() => server.forceShutdown(), 1000);
				server.tryShutdown(() => {
					clearTimeout(timer);
					resolve();
				});
			}),
	};
}

function readProto(file: string): string {
	return readFileSync(new URL(`../../proto/${file}`, import.meta.url), 'utf8');
}

function serviceOf(
	service: protobuf.Service,
	name: string,
	answers: Answers,
	onDefect: (error: unknown) => void,
): {
	definition: Record<string, MethodDefinition<Fields, Fields>>;
	implementation: UntypedServiceImplementation;
} {
	const definition: Record<string, MethodDefinition<Fields, Fields>> = {};
	const implementation: UntypedServiceImplementation = {};
	for (const method of service.methodsArray) {
		const answer = calls[method.name];
		method.resolve();
		const {resolvedRequestType: asked, resolvedResponseType: answered} = method;
		if (answer === undefined || asked === null || answered === null) {
			throw new TypeError(`The call ${name}.${method.name} of the .proto file has no answer`);
		}

		definition[method.name] = definitionOf(`/${name}/${method.name}`, asked, answered);
		implementation[method.name] = handlerOf(answer, answers, onDefect);
	}

	return {definition, implementation};
}

function definitionOf(
	path: string,
	asked: protobuf.Type,
	answered: protobuf.Type,
): MethodDefinition<Fields, Fields> {
	const encode = (type: protobuf.Type) => (value: Fields) =>
		Buffer.from(type.encode(type.fromObject(value)).finish());
	const decode = (type: protobuf.Type) => (bytes: Buffer) =>
		type.toObject(type.decode(bytes), {longs: String, enums: String, bytes: String, defaults: true});
	return {
		path,
		requestStream: false,
		responseStream: false,
		requestSerialize: encode(asked),
		requestDeserialize: decode(asked),
		responseSerialize: encode(answered),
		responseDeserialize: decode(answered),
	};
}

function handlerOf(
	answer: Answer,
	answers: Answers,
	onDefect: (error: unknown) => void,
): handleUnaryCall<Fields, Fields> {
	return (call, callback) => {
		const settle = async (): Promise<void> => {
			try {
				callback(null, fieldsOf(await answer(call.request, answers)));
			} catch (error) {
				const {grpc: code, message, reason} = statusOf(error);
				if (reason === 'INTERNAL') {
					onDefect(error);
				}

				callback({code, details: message});
			}
		};
		void settle();
	};
}

/** A request's fields as the parameters of the same question over HTTP: one door for both. */
function parametersOf(request: Fields): Parameters {
	const given = Object.entries(request).filter(([name, value]) => value !== '' && !name.startsWith('_'));
	return Object.fromEntries(
		given
			.map(([name, value]) => [snakeOf(name), String(value)] as const)
			// proto3 can't tell 0 from absent here, and a page of none is no page.
			.filter(([name, value]) => !(name === 'page_size' && value === '0')),
	);
}

function snakeOf(name: string): string {
	return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

function fieldsOf(value: unknown): Fields {
	return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
