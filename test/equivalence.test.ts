import {createHash} from 'node:crypto';
import test, {type ExecutionContext} from 'ava';
import {type Answered, type Application, applications} from '../examples/conversation/application.ts';
import {recorded, type Said, started, talk} from '../examples/conversation/talk.ts';
import {type EngineHandle, ensureEngine} from './engine/engine.ts';
import {ensureProduct} from './engine/product.ts';
import {differences, type Reason, unsure, type World} from './helpers/explain.ts';
import {type FileSystem, withDigests} from './helpers/file-system.ts';
import {developmentOf, held, ownFiles, type Pair, pairOf, workdirOf} from './helpers/rewritten.ts';

// Applications as people write them, built as they are and rewritten: the same program, in another image.

/** One whose stage is split and one whose is not; the others are built with `SALLYPORT_ALL_APPS=1`, each night. */
const ALWAYS = ['node-api', 'nginx-site'];

/** Folders of sources and of what a compiler left. An interpreted program keeps all of its own. */
const LEFT_BEHIND: Readonly<Record<string, readonly string[]>> = {
	'dotnet-like': ['/source', '/build'],
	go: ['/src', '/go'],
	rust: ['src', 'target', 'Cargo.toml', 'Cargo.lock', 'Dockerfile', 'conversation.json'].map(
		name => `/usr/src/app/${name}`,
	),
	java: ['/app/src', '/app/target', '/app/pom.xml', '/app/Dockerfile', '/app/conversation.json'],
};

/** Native code that an install compiles. */
const COMPILED: Readonly<Record<string, readonly string[]>> = {
	fastapi: ['/usr/local/lib/python3.13/site-packages/psycopg2'],
};

const chosen = applications().filter(
	({name}) => process.env['SALLYPORT_ALL_APPS'] === '1' || ALWAYS.includes(name),
);
let engine: EngineHandle;
const pairs = new Map<string, Promise<Pair>>();
const shown = new Map<Reason, string>();

test.before(async t => {
	t.timeout(600_000);
	engine = await ensureEngine();
	if (process.env['SALLYPORT_FRONTEND'] === undefined) {
		await ensureProduct(engine, {only: ['sallyport/proxy-nginx:1', 'sallyport/frontend:1']});
	}

	const left = applications().filter(({name}) => chosen.every(app => app.name !== name));
	if (left.length > 0) {
		t.log(`left out, run with SALLYPORT_ALL_APPS=1: ${left.map(({name}) => name).join(', ')}`);
	}
});

/** Both images of an application, built once. */
function both(app: Application): Promise<Pair> {
	const pair = pairs.get(app.name) ?? pairOf(engine, app);
	pairs.set(app.name, pair);
	return pair;
}

/** What the proxy takes away, sets itself, or says about its own connection: `frontend/proxies/README.md`. */
const OF_THE_PROXY = new Set([
	...['server', 'x-powered-by', 'x-runtime', 'x-generator'],
	...[
		'strict-transport-security',
		'x-content-type-options',
		'x-frame-options',
		'referrer-policy',
		'x-request-id',
	],
	...['content-security-policy', 'permissions-policy', 'cross-origin-opener-policy', 'x-xss-protection'],
	...['cross-origin-resource-policy', 'cross-origin-embedder-policy', 'x-permitted-cross-domain-policies'],
]);

/** Of the moment and of the connection: they differ between any two answers. */
const OF_THE_MOMENT = new Set([
	'date',
	'connection',
	'keep-alive',
	'transfer-encoding',
	'content-length',
	'alt-svc',
]);

for (const app of chosen) {
	const {name, conversation} = app;
	test.serial(`${name} answers as it did before it was rewritten`, async t => {
		t.timeout(600_000);
		const {plain, rewritten} = await both(app);
		if (conversation.port === undefined) {
			const says = conversation.says ?? [];
			const {says: said} = await lifeOf(plain, says);
			// The shell that the author starts it with passes no signal on, so it may be killed before it says its last words.
			t.deepEqual(said, says.slice(0, said.length));
			t.true(said.length >= says.length - 1);
			t.deepEqual(await lifeOf(rewritten, says), {says, code: conversation.stopsWith ?? 0});
			return;
		}

		const before = await saidBy(plain, conversation.port, false, conversation);
		const direct = await saidBy(rewritten, conversation.port, false, conversation);
		const behind = await saidBy(rewritten, 8443, true, conversation);

		matchesRecording(t, app, before);
		t.deepEqual(direct.map(alike(OF_THE_MOMENT)), before.map(alike(OF_THE_MOMENT)));
		const ignored = new Set([...OF_THE_MOMENT, ...OF_THE_PROXY]);
		t.deepEqual(behind.map(alike(ignored)), before.map(alike(ignored)));
	});

	test.serial(`${name}: every path that is not as it was has a reason`, async t => {
		t.timeout(600_000);
		const pair = await both(app);

		const found = differences(await worldOf(app, pair));

		for (const {path, reasons} of found) {
			for (const reason of reasons) {
				shown.set(reason, shown.get(reason) ?? `${name} ${path}`);
			}
		}

		const unexplained = found.filter(({reasons}) => reasons.length === 0);
		t.deepEqual(
			unexplained.slice(0, 40).map(({what, path}) => `${what} ${path}`),
			[],
			`${unexplained.length} of ${found.length} differences of ${name} have no reason`,
		);
		t.true(found.length > 0, 'an image that is put behind the proxy is not the same');
	});
}

test.serial('the reasons for differences are shown by applications, and not only written down', t => {
	const always: readonly Reason[] = ['proxy layer', 'contract', 'base', 'package manager', 'set-uid', 'user'];
	const all: readonly Reason[] = [...always, 'build tools', 'caches', 'sources', 'made anew'];
	const expected = process.env['SALLYPORT_ALL_APPS'] === '1' ? all : always;

	t.deepEqual(
		expected.filter(reason => !shown.has(reason)),
		[],
	);
});

/** Each image is asked in a container of its own, so that what one conversation writes is not read in the next. */
async function saidBy(
	image: string,
	port: number,
	isSecure: boolean,
	conversation: Application['conversation'],
): Promise<readonly Said[]> {
	const running = await started(engine, image, [port]);
	try {
		return await talk(await running.door(port, isSecure), conversation);
	} catch (error) {
		throw new Error(`${image}: ${String(error)}\n${await running.said()}`, {cause: error});
	} finally {
		await running.remove();
	}
}

/** What a program that listens to nobody writes, and how it ends when it is asked to. */
async function lifeOf(
	image: string,
	expected: readonly string[],
): Promise<{readonly says: readonly string[]; readonly code: number}> {
	const running = await started(engine, image, []);
	try {
		const until = Date.now() + 20_000;
		while (!(await running.said()).includes(expected.at(-2) ?? '') && Date.now() < until) {
			await new Promise(resolve => setTimeout(resolve, 100));
		}

		const code = await running.stopped();
		const says = (await running.said()).split('\n').filter(line => line !== '' && !line.startsWith('{'));
		return {says, code};
	} finally {
		await running.remove();
	}
}

function matchesRecording(t: ExecutionContext, {conversation}: Application, said: readonly Said[]): void {
	const kept = said.map(recorded).map(({body, sha256, ...rest}, index) => {
		const told: Answered | undefined = conversation.exchanges[index]?.answer;
		return told?.body === undefined && told?.sha256 === undefined
			? rest
			: {...rest, ...(body === undefined ? {} : {body}), ...(sha256 === undefined ? {} : {sha256})};
	});
	t.deepEqual(
		kept,
		conversation.exchanges.map(({answer}) => answer),
	);
}

/** Some servers make a tag of a file's number, which is another one in every image. */
const INODE = /^(W\/")\d+-(?=\d+-)/;

/** An answer without the headers that may differ, and with a body short enough to be shown. */
function alike(ignored: ReadonlySet<string>): (said: Said) => unknown {
	return ({status, headers, body}) => ({
		status,
		headers: Object.fromEntries(
			Object.entries(headers)
				.filter(([name]) => !ignored.has(name))
				.map(([name, value]) => [name, name === 'etag' ? value.replace(INODE, '$1') : value] as const)
				.toSorted(),
		),
		body: body.length > 1000 ? createHash('sha256').update(body).digest('hex') : body,
	});
}

async function worldOf({name, folder}: Application, pair: Pair): Promise<World> {
	const plain = await held(engine, pair.plain);
	const world = {
		plain,
		rewritten: await held(engine, pair.rewritten),
		base: await held(engine, pair.base),
		rewrittenBase: await held(engine, pair.rewrittenBase),
		leftBehind: LEFT_BEHIND[name] ?? [],
		development: developmentOf(folder, plain),
		compiled: COMPILED[name] ?? [],
		own: ownFiles(folder),
	};
	const paths = unsure(world, workdirOf(folder));
	const hashed = (image: string, system: FileSystem) => withDigests(engine, image, system, paths);
	return {
		...world,
		plain: await hashed(pair.plain, world.plain),
		rewritten: await hashed(pair.rewritten, world.rewritten),
		base: await hashed(pair.base, world.base),
		rewrittenBase: await hashed(pair.rewrittenBase, world.rewrittenBase),
	};
}
