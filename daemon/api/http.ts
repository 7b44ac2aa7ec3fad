import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {isIP} from 'node:net';
import {BUNDLE_MEDIA_TYPE} from '../../proto/bundle.ts';
import type {Answers} from './answers.ts';
import {readBody} from './body.ts';
import {type Body, episodeParameters} from './episodes.ts';
import {listParameters, type Parameters, readParameters} from './query.ts';
import {ApiError, statusJson, statusOf} from './status.ts';

interface Route {
	readonly pattern: RegExp;
	readonly parameters: readonly string[];
	readonly answer: (answers: Answers, id: string, parameters: Parameters) => unknown;
	readonly mediaType?: string;
}

/** What changes something, by POST. */
interface Change {
	readonly pattern: RegExp;
	readonly answer: (answers: Answers, id: string, body: Body) => unknown;
}

const ID = '([0-9A-Za-z]{1,64})';
const EPISODE = '([0-9A-Za-z-]{1,64})';

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
	{
		pattern: /^\/v1\/episodes$/,
		parameters: episodeParameters,
		answer: (answers, _, p) => answers.episodes(p),
	},
	{
		pattern: new RegExp(`^/v1/episodes/${EPISODE}$`),
		parameters: [],
		answer: (answers, id) => answers.episode(id),
	},
	{pattern: /^\/healthz$/, parameters: [], answer: () => ({status: 'alive'})},
	{pattern: /^\/readyz$/, parameters: [], answer: answers => ({integrity: answers.integrity()})},
];

const changes: readonly Change[] = [
	{
		pattern: new RegExp(`^/v1/episodes/${EPISODE}:acknowledge$`),
		answer: (answers, id, body) => answers.acknowledge(id, body),
	},
	{pattern: /^\/v1\/alerts:test$/, answer: (answers, _, body) => answers.testAlert(body)},
];

export interface HttpOptions {
	readonly answers: Answers;
	/** Told about answers that we did not foresee. */
	readonly onDefect: (error: unknown) => void;
}

/** The HTTP/JSON half of the API. Everything is asked by GET; what changes something is a POST with a small JSON body. */
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
	const {complete: wasRead} = request;
	response.writeHead(http, {
		'Content-Type': mediaType,
		'Content-Length': bytes.length,
		...(wasRead ? {} : {Connection: 'close'}),
		'Cache-Control': 'no-store',
		'X-Content-Type-Options': 'nosniff',
		'Sallyport-Integrity': answers.integrity().state,
		...(http === 405 ? {Allow: changeAt(request) === undefined ? 'GET, HEAD' : 'POST'} : {}),
	});
	response.end(request.method === 'HEAD' ? undefined : bytes);
	// A body that nobody asked for is not read to its end. Who still writes it gets a moment, so as to read the answer first.
	if (!wasRead) {
		const {socket} = request;
		const end = (): void => socket.destroySoon();
		request.once('end', end).resume();
		setTimeout(end, FINISH_MS).unref();
	}
}

const FINISH_MS = 500;

async function replyTo(
	request: IncomingMessage,
	answers: Answers,
	onDefect: (error: unknown) => void,
): Promise<Reply> {
	try {
		refuseForeign(request);
		const change = changeAt(request);
		if (change !== undefined) {
			return {http: 200, body: await changed(request, change, answers), mediaType: 'application/json'};
		}

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

async function changed(
	request: IncomingMessage,
	{pattern, answer}: Change,
	answers: Answers,
): Promise<unknown> {
	if (request.method !== 'POST') {
		throw new ApiError('UNIMPLEMENTED', 'BAD_METHOD', 'This changes something: use POST');
	}

	answers.refuseChange();
	const id = pattern.exec(pathOf(request))?.[1] ?? '';
	return answer(answers, id, await readBody(request));
}

function changeAt(request: IncomingMessage): Change | undefined {
	return changes.find(({pattern}) => pattern.test(pathOf(request)));
}

function routed(request: IncomingMessage): {route: Route; id: string; parameters: Parameters} {
	const {method} = request;
	const path = pathOf(request);
	const route = routes.find(({pattern}) => pattern.test(path));
	if (route === undefined) {
		throw new ApiError(
			'NOT_FOUND',
			'NO_SUCH_PATH',
			'There is no such path; the record is at /v1/entries, the log at /v1/log/checkpoint',
		);
	}

	if (method !== 'GET' && method !== 'HEAD') {
		throw new ApiError('UNIMPLEMENTED', 'BAD_METHOD', 'This is only read here: use GET');
	}

	const id = route.pattern.exec(path)?.[1] ?? '';
	const {searchParams = new URLSearchParams()} = urlOf(request) ?? {};
	return {route, id, parameters: readParameters(searchParams, route.parameters)};
}

// The base is only there to parse against; a target that isn't a path stays one that no route has.
function urlOf({url = ''}: IncomingMessage): URL | undefined {
	const parsed = URL.parse(url, 'http://api.invalid');
	return parsed?.host === 'api.invalid' ? parsed : undefined;
}

function pathOf(request: IncomingMessage): string {
	return urlOf(request)?.pathname ?? '';
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
