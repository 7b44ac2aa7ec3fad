import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {isIP} from 'node:net';
import {BUNDLE_MEDIA_TYPE} from '../../proto/bundle.ts';
import type {Answers} from './answers.ts';
import {listParameters, type Parameters, readParameters} from './query.ts';
import {ApiError, statusJson, statusOf} from './status.ts';

interface Route {
	readonly pattern: RegExp;
	readonly parameters: readonly string[];
	readonly answer: (answers: Answers, id: string, parameters: Parameters) => unknown;
	readonly mediaType?: string;
}

const ID = '([0-9A-Za-z]{1,64})';

const routes: readonly Route[] = [
	{pattern: /^\/v1\/entries$/, parameters: listParameters, answer: (answers, _, p) => answers.list(p)},
	{
		pattern: new RegExp(`^/v1/entries/${ID}$`),
		parameters: [],
		answer: (answers, id) => answers.entry(id),
	},
	{
		pattern: new RegExp(`^/v1/entries/${ID}/bundle$`),
		parameters: [],
		answer: (answers, id) => answers.bundle(id),
		mediaType: BUNDLE_MEDIA_TYPE,
	},
	{pattern: /^\/v1\/targets$/, parameters: [], answer: answers => answers.targets()},
	{pattern: /^\/v1\/log\/checkpoint$/, parameters: [], answer: answers => answers.checkpoint()},
	{
		pattern: /^\/v1\/log\/inclusion$/,
		parameters: ['position', 'size'],
		answer: (answers, _, p) => answers.inclusion(p),
	},
	{
		pattern: /^\/v1\/log\/consistency$/,
		parameters: ['first', 'second'],
		answer: (answers, _, p) => answers.consistency(p),
	},
	{pattern: /^\/v1\/trusted-root$/, parameters: [], answer: answers => answers.trustedRoot()},
	{pattern: /^\/v1\/keys$/, parameters: [], answer: answers => answers.keys()},
	{pattern: /^\/healthz$/, parameters: [], answer: () => ({status: 'alive'})},
	{pattern: /^\/readyz$/, parameters: [], answer: answers => ({integrity: answers.integrity()})},
];

export interface HttpOptions {
	readonly answers: Answers;
	/** Told about answers that we did not foresee. */
	readonly onDefect: (error: unknown) => void;
}

/** The HTTP/JSON half of the API. It has no request bodies: everything is asked by GET. */
export function httpServer({answers, onDefect}: HttpOptions): Server {
	const limits = {
		maxHeaderSize: 8192,
		headersTimeout: 5000,
		requestTimeout: 10_000,
		keepAliveTimeout: 5000,
		connectionsCheckingInterval: 1000,
	};
	const server = createServer(limits, (request, response) => {
		void respond(request, response, answers, onDefect);
	});
	server.maxHeadersCount = 64;
	// The server is handed connections and listens nowhere itself, but Node starts the clock of its timeouts when it does.
	server.emit('listening');
	return server;
}

interface Reply {
	readonly http: number;
	readonly body: unknown;
	readonly mediaType: string;
}

async function respond(
	request: IncomingMessage,
	response: ServerResponse,
	answers: Answers,
	onDefect: (error: unknown) => void,
): Promise<void> {
	const {http, body, mediaType} = await replyTo(request, answers, onDefect);
	const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
	response.writeHead(http, {
		'Content-Type': mediaType,
		'Content-Length': bytes.length,
		'Cache-Control': 'no-store',
		'X-Content-Type-Options': 'nosniff',
		'Sallyport-Integrity': answers.integrity().state,
		...(http === 405 ? {Allow: 'GET, HEAD'} : {}),
	});
	response.end(request.method === 'HEAD' ? undefined : bytes);
	// A body that nobody asked for is not read to its end.
	if (!request.complete) {
		request.resume();
		response.once('finish', () => request.socket.destroySoon());
	}
}

async function replyTo(
	request: IncomingMessage,
	answers: Answers,
	onDefect: (error: unknown) => void,
): Promise<Reply> {
	try {
		refuseForeign(request);
		const {route, id, parameters} = routed(request);
		const body = await route.answer(answers, id, parameters);
		const isUnready = route.pattern.source.includes('readyz') && !answers.isReady();
		return {http: isUnready ? 503 : 200, body, mediaType: route.mediaType ?? 'application/json'};
	} catch (error) {
		const status = statusOf(error);
		if (status.reason === 'INTERNAL') {
			onDefect(error);
		}

		return {http: status.http, body: statusJson(status), mediaType: 'application/json'};
	}
}

function routed({method, url = ''}: IncomingMessage): {route: Route; id: string; parameters: Parameters} {
	// The base is only there to parse against; a target that isn't a path stays one that no route has.
	const parsed = URL.parse(url, 'http://api.invalid');
	const path = parsed?.host === 'api.invalid' ? parsed.pathname : '';
	const route = routes.find(({pattern}) => pattern.test(path));
	if (parsed === null || route === undefined) {
		throw new ApiError(
			'NOT_FOUND',
			'NO_SUCH_PATH',
			'There is no such path; the record is at /v1/entries, the log at /v1/log/checkpoint',
		);
	}

	if (method !== 'GET' && method !== 'HEAD') {
		throw new ApiError('UNIMPLEMENTED', 'BAD_METHOD', 'Entries are only read here: use GET');
	}

	const id = route.pattern.exec(path)?.[1] ?? '';
	return {route, id, parameters: readParameters(parsed.searchParams, route.parameters)};
}

// A page in a browser can point a name of its own at 127.0.0.1 and read what is served there. It can't choose the Host
// header's name, so a name that isn't this machine's is refused where the connection came over the loopback.
function refuseForeign({headers, socket}: IncomingMessage): void {
	const {host = ''} = headers;
	const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
	const isLoopback = socket.localAddress === '127.0.0.1' || socket.localAddress === '::1';
	if (isLoopback && name !== 'localhost' && isIP(name) === 0) {
		throw new ApiError(
			'INVALID_ARGUMENT',
			'BAD_HOST',
			'On the loopback the API answers to "localhost" and to addresses only',
		);
	}
}
