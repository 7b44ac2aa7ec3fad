import {mkdtempSync} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {pack} from 'tar-stream';

/** An image of an engine that is none. */
export interface Kept {
	readonly Id: string;
	readonly RepoTags: readonly string[];
	readonly Labels: Readonly<Record<string, string>>;
	/** What lies in its VERSIONS.json; no proxy without. */
	readonly text?: string;
}

const VERSIONS = '/opt/sallyport/nginx/VERSIONS.json';

/** Answers what is asked of an engine to look into images, and nothing else. @returns a DOCKER_HOST */
export async function engineWith(t: ExecutionContext, images: readonly Kept[]): Promise<string> {
	const socket = join(mkdtempSync(join(tmpdir(), 'sallyport-test-')), 'docker.sock');
	const made: string[] = [];
	const server = createServer((request, response) => void answer(request, response, images, made));
	await new Promise<void>(resolve => server.listen(socket, () => resolve()));
	t.teardown(() => server.close());
	return `unix://${socket}`;
}

/** @param made the images of the containers that were made, by their number */
async function answer(
	request: IncomingMessage,
	response: ServerResponse,
	images: readonly Kept[],
	made: string[],
): Promise<void> {
	const url = new URL(request.url ?? '', 'http://docker');
	const path = url.pathname.replace(/^\/v[\d.]+/, '');
	const say = (status: number, body: unknown): void => {
		response.writeHead(status, {'Content-Type': 'application/json'}).end(JSON.stringify(body));
	};
	const lists: Readonly<Record<string, unknown>> = {
		'/images/json': images,
		'/containers/json': [{Id: 'c1', ImageID: 'sha256:nameless', Names: ['/web']}],
	};
	const named = /^\/images\/(.+)\/json$/.exec(path)?.[1];
	if (lists[path] !== undefined) {
		say(200, lists[path]);
	} else if (named !== undefined) {
		const image = images.find(({Id, RepoTags}) => [Id, ...RepoTags].includes(decodeURIComponent(named)));
		say(image === undefined ? 404 : 200, image ?? {message: 'No such image'});
	} else if (path === '/containers/create') {
		const {Image} = JSON.parse(await bodyOf(request)) as {readonly Image: string};
		made.push(Image);
		say(201, {Id: `made-${made.length - 1}`});
	} else if (request.method === 'DELETE') {
		response.writeHead(204).end();
	} else {
		const image = made[Number(/made-(\d+)/.exec(path)?.[1])];
		const text = images.find(({Id}) => Id === image)?.text;
		give(response, url.searchParams.get('path') === VERSIONS ? text : undefined);
	}
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	let body = '';
	for await (const part of request) {
		body += String(part);
	}

	return body;
}

function give(response: ServerResponse, text: string | undefined): void {
	if (text === undefined) {
		response.writeHead(404).end('{"message":"Could not find the file"}');
		return;
	}

	const tar = pack();
	tar.entry({name: 'VERSIONS.json', size: Buffer.byteLength(text)}, text);
	tar.finalize();
	tar.pipe(response.writeHead(200, {'Content-Type': 'application/x-tar'}));
}
