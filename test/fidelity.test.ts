import test, {type ExecutionContext} from 'ava';
import {type Docker, openDocker} from './helpers/docker.ts';
import type {FidelityCase} from './helpers/fidelity/case.ts';
import {contextOf} from './helpers/fidelity/context.ts';
import {imageOf, rootOf} from './helpers/fidelity/image.ts';
import {fidelityCases} from './helpers/fidelity/index.ts';
import {type Builder, type Observed, observe} from './helpers/fidelity/observe.ts';
import {openServers, type Servers} from './helpers/fidelity/servers.ts';

// Whatever BuildKit builds by itself is built through us, and comes out the same: each case is built by both.

const docker: Promise<Docker> = openDocker();
const servers: Promise<Servers> = openServers();
const FRONTEND = process.env['FIDELITY_FRONTEND'] ?? 'sallyport/frontend:1';

/** A frontend whose image says that nothing is to be judged, as an organisation or a test from outside would have it. */
const OFF = 'sallyport-test/fidelity-frontend:off';
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
const made: string[] = [];

test.after.always(async () => {
	const run = await docker;
	(await servers).close();
	await run(['image', 'rm', '-f', OFF, ...made]);
});

let count = 0;
for (const [group, cases] of Object.entries(fidelityCases)) {
	for (const [name, given] of Object.entries(cases)) {
		count += 1;
		const tag = `sallyport-test/fidelity-${count}`;
		test(`${group}: ${name}`, t => isSame(t, given, tag));
	}
}

async function isSame(t: ExecutionContext, given: FidelityCase, tag: string): Promise<void> {
	const run = await docker;
	await off;
	const context = await contextOf(given, await servers);
	const seen = async (builder: Builder): Promise<Observed> => {
		made.push(`${tag}:${builder.name}`);
		return observe(run, given, context, builder, `${tag}:${builder.name}`);
	};

	const expected = await seen(plain);
	const found = await seen(passing);

	// First that the case is what it says.
	t.is(expected.code !== 0, given.fails !== undefined, expected.words);
	t.true(expected.words.includes(given.fails ?? given.says ?? ''), expected.words);
	t.is(found.code, expected.code, found.words);
	t.deepEqual(found.said, expected.said);
	t.is(found.answer, expected.answer);
	t.deepEqual(found.files, expected.files);
	t.deepEqual(found.steps, expected.steps);
	if (found.image !== expected.image) {
		const [ours, theirs] = await Promise.all([imageOf(run, `${tag}:off`), imageOf(run, `${tag}:plain`)]);
		t.deepEqual({...ours, layers: ours.layers.length}, {...theirs, layers: theirs.layers.length});
		t.deepEqual(await rootOf(run, `${tag}:off`), await rootOf(run, `${tag}:plain`));
		t.log('built anew, and the same');
	}
}
