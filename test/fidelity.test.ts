import {readFile} from 'node:fs/promises';
import test, {type ExecutionContext} from 'ava';
import {paths} from '../proto/labels.ts';
import {type Docker, folderOf, openDocker, turns} from './helpers/docker.ts';
import type {FidelityCase} from './helpers/fidelity/case.ts';
import {contextOf} from './helpers/fidelity/context.ts';
import {imageOf, rootOf} from './helpers/fidelity/image.ts';
import {fidelityCases} from './helpers/fidelity/index.ts';
import {type Builder, type Observed, observe} from './helpers/fidelity/observe.ts';
import {openServers, type Servers} from './helpers/fidelity/servers.ts';

// Whatever BuildKit builds by itself is built through us, and comes out the same: each case is built by both.

type Fields = Readonly<Record<string, unknown>>;

const docker: Promise<Docker> = openDocker();
const servers: Promise<Servers> = openServers();
const FRONTEND = process.env['FIDELITY_FRONTEND'] ?? 'sallyport/frontend:1';

/** A frontend whose image says that nothing is to be judged, as an organisation or a test from outside would have it. */
const OFF = `sallyport-test/fidelity-frontend:off-${process.pid}`;
const off = docker.then(async run => {
	const {code, stderr} = await run(['build', '-q', '-t', OFF, '-'], {
		input: `FROM ${FRONTEND}\nENV SALLYPORT_POLICY=off\n`,
	});
	if (code !== 0) {
		throw new Error(stderr);
	}
});

const plain: Builder = {name: 'plain', args: []};
const passing: Builder = {name: 'off', args: ['--build-arg', `BUILDKIT_SYNTAX=${OFF}`]};
/** The policy of whoever names none. */
const judging: Builder = {name: 'judged', args: ['--build-arg', `BUILDKIT_SYNTAX=${FRONTEND}`]};
const made: string[] = [];

test.after.always(async () => {
	const run = await docker;
	(await servers).close();
	await run(['image', 'rm', '-f', OFF, ...made]);
});

/** Under an ordinary policy every sixth case is enough for a day, and all of them for a release. */
const EACH = process.env['SALLYPORT_FIDELITY'] === 'all' ? 1 : 6;

/** Case by case, so that there is always one that ends. */
const turn = turns(3);

let count = 0;
for (const [group, cases] of Object.entries(fidelityCases)) {
	for (const [name, given] of Object.entries(cases)) {
		count += 1;
		const tag = `sallyport-test/fidelity-${process.pid}-${count}`;
		const prepared = once(() => prepare(given, tag));
		// A step that two builds take at the same time is shown under the name that it has in one of them.
		const alone = turns(1);
		test(`${group}: ${name}`, t => turn(() => alone(async () => isSame(t, given, await prepared()))));
		// Questions are answered before anything is judged, and exporters are told what was built.
		if (given.gives === undefined && given.judged === undefined && count % EACH === 0) {
			test(`judged, ${group}: ${name}`, t =>
				turn(() => alone(async () => isSameAndMore(t, await prepared()))));
		}
	}
}

/** A case, as BuildKit alone built it. */
interface Prepared {
	readonly tag: string;
	readonly expected: Observed;
	readonly by: (builder: Builder) => Promise<Observed>;
}

async function prepare(given: FidelityCase, tag: string): Promise<Prepared> {
	const run = await docker;
	await off;
	const context = await contextOf(given, await servers);
	const by = async (builder: Builder): Promise<Observed> => {
		made.push(`${tag}:${builder.name}`);
		return observe(run, given, context, builder, `${tag}:${builder.name}`);
	};
	return {tag, expected: await by(plain), by};
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
	let made: Promise<T> | undefined;
	return () => {
		made ??= make();
		return made;
	};
}

test("BuildKit's provenance names the frontend that was asked for, and its image among the materials", async t => {
	const run = await docker;
	await off;
	const folder = await folderOf({Dockerfile: 'FROM alpine:3.22\nRUN true\n'});

	for (const [frontend, policy] of [
		[OFF, 'off'],
		[FRONTEND, 'baseline'],
	]) {
		const args = ['--build-arg', `BUILDKIT_SYNTAX=${frontend}`, '--metadata-file', `${folder}/metadata`];
		const {code, stderr} = await run([
			'build',
			'-t',
			`sallyport-test/fidelity-provenance:${policy}`,
			...args,
			folder,
		]);
		made.push(`sallyport-test/fidelity-provenance:${policy}`);
		t.is(code, 0, stderr);

		const metadata = JSON.parse(await readFile(`${folder}/metadata`, 'utf8')) as {
			readonly 'buildx.build.provenance': {
				readonly materials: readonly {readonly uri: string}[];
				readonly invocation: {
					readonly parameters: {readonly frontend: string; readonly args: Fields};
				};
			};
		};
		const {materials, invocation} = metadata['buildx.build.provenance'];
		t.is(invocation.parameters.frontend, 'gateway.v0');
		t.is(invocation.parameters.args['source'], frontend);
		const uri = `pkg:docker/${frontend?.replace(':', '@')}`;
		t.true(
			materials.some(material => material.uri.startsWith(uri)),
			JSON.stringify(materials),
		);
	}
});

/** The error and its excerpt. Where a step stands among the others is not the same with one more stage. */
function errorIn({said}: Observed): readonly string[] {
	return said
		.filter(line => !/^ - | warnings? found/.test(line))
		.map(line => line.replace(/^ > \[[^\]]*\]/, ' > […]'))
		.map(asSolved);
}

/** Which of the two the client says depends on whether the failure or the end of the build reaches it first. */
function asSolved(line: string): string {
	return line.replace('failed to run Build function: ', 'failed to solve: ');
}

/** What becomes of the settings of an image that gets the proxy: its own entry behind ours, and the proxy's ports. */
function behindProxy(theirs: Fields, ours: Fields): Fields {
	const entry = (ours['Entrypoint'] ?? []) as readonly string[];
	const own = (theirs['Entrypoint'] ?? []) as readonly string[];
	return entry[0] === paths.init
		? {
				...theirs,
				Entrypoint: [paths.init, 'run', '--', ...own],
				ExposedPorts: {'8080/tcp': {}, '8443/tcp': {}},
				Healthcheck: theirs['Healthcheck'] ?? ours['Healthcheck'],
			}
		: theirs;
}

/** Our own, and those that everybody reads, where what they say is known. */
const ADDED =
	/^dev\.sallyport\.|^org\.opencontainers\.image\.(?:base\.name|base\.digest|created|source|revision|version|licenses)$/;

/** Without the labels that we add, whatever the base brings of the same kind. */
function withoutOurs(labels: Fields, theirs: Fields): Fields {
	return Object.fromEntries(Object.entries(labels).filter(([key]) => key in theirs || !ADDED.test(key)));
}

/** What the layer that we add holds. */
function isOurs(file: string): boolean {
	return /^(?:etc\/sallyport|opt\/sallyport|run\/sallyport)\//.test(file);
}

async function isSame(
	t: ExecutionContext,
	given: FidelityCase,
	{tag, expected, by}: Prepared,
): Promise<void> {
	const found = await by(passing);

	// First that the case is what it says.
	t.is(expected.code !== 0, given.fails !== undefined, expected.words);
	t.true(expected.words.includes(given.fails ?? given.says ?? ''), expected.words);
	t.is(found.code, expected.code, found.words);
	t.deepEqual(found.said.map(asSolved), expected.said.map(asSolved));
	t.is(found.answer, expected.answer);
	t.deepEqual(found.files, expected.files);
	t.deepEqual(found.steps, expected.steps);
	if (found.image !== expected.image) {
		const run = await docker;
		const [ours, theirs] = await Promise.all([imageOf(run, `${tag}:off`), imageOf(run, `${tag}:plain`)]);
		t.deepEqual({...ours, layers: ours.layers.length}, {...theirs, layers: theirs.layers.length});
		t.deepEqual(await rootOf(run, `${tag}:off`), await rootOf(run, `${tag}:plain`));
		t.log('built anew, and the same');
	}
}

/** Under an ordinary policy: what BuildKit alone builds, and our layers over it; what it refuses, in the same words. */
async function isSameAndMore(t: ExecutionContext, {tag, expected, by}: Prepared): Promise<void> {
	const found = await by(judging);

	t.is(found.code, expected.code, found.words);
	if (expected.code !== 0) {
		t.deepEqual(errorIn(found), errorIn(expected));
		return;
	}

	const warnings = expected.said.filter(line => line.startsWith(' - '));
	t.deepEqual(
		warnings.filter(line => !found.said.includes(line)),
		[],
	);
	const run = await docker;
	const [ours, theirs] = await Promise.all([imageOf(run, `${tag}:judged`), imageOf(run, `${tag}:plain`)]);
	t.deepEqual(ours.settings, behindProxy(theirs.settings, ours.settings));
	t.deepEqual(withoutOurs(ours.labels, theirs.labels), theirs.labels);
	t.deepEqual(ours.history.slice(0, theirs.history.length), theirs.history);
	// Contract and record, and before them the proxy where there is one.
	const added = JSON.stringify(ours.settings).includes(paths.init) ? 2 : 1;
	t.is(ours.layers.length, theirs.layers.length + added);
	if (!theirs.layers.every((layer, at) => layer === ours.layers[at])) {
		const [more, files] = await Promise.all([rootOf(run, `${tag}:judged`), rootOf(run, `${tag}:plain`)]);
		t.deepEqual(
			more.filter(file => !isOurs(file)),
			files,
		);
		t.log('built anew, and the same');
	}
}
