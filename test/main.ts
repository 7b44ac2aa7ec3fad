import {spawn} from 'node:child_process';
import {existsSync, globSync} from 'node:fs';
import {ensureEngine} from './engine/engine.ts';
import {ensureProduct} from './engine/product.ts';
import {run} from './engine/run.ts';
import {counts, failedFiles, failuresIn} from './helpers/run-output.ts';

// All there is to check, in the order in which it is cheapest to fail; then one line that a machine can read.

interface Step {
	readonly name: string;
	readonly args: readonly [string, ...string[]];
}

const checks: readonly Step[] = [
	{name: 'types', args: ['tsc', '-b']},
	{name: 'lint and format', args: ['biome', 'check', '--error-on-warnings', '.']},
	{name: 'unused code', args: ['knip']},
];

/**
 * What builds, what runs behind the proxy or is watched, and what mostly computes: three lanes, each of them one file after the other, so that what
 * is promised within seconds is not measured beside ten others.
 */
function lanes(): readonly (readonly string[])[] {
	const own = globSync('test/*.test.ts').toSorted();
	const runs = (file: string): boolean => /^test\/(?:proxy|init|run|store)/.test(file);
	return [own.filter(file => !runs(file)), own.filter(runs), ['test/*/**/*.test.ts']];
}

/** More files than this do not fail because three lanes share two cores. */
const MOST_AGAIN = 6;
const LINES_OF_A_FAILURE = 60;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
let passed = 0;
let failed = 0;

for (const {name, args} of checks) {
	say(`== ${name}`);
	const {code} = await runStep(args, {});
	if (code === 0) {
		passed += 1;
	} else {
		failed += 1;
	}
}

say('== engine and images');
const engine = await prepare();
if (engine === undefined) {
	failed += 1;
} else {
	passed += 1;
	say('== tests');
	const asked = process.argv.slice(2);
	const ended = await runLanes(asked.length > 0 ? [asked] : lanes(), engine.env);
	const counted = ended.map(countsOf);
	passed += sum(counted.map(each => each.passed));
	const failedBeside = sum(counted.map(each => each.failed));
	const left = failedBeside === 0 ? 0 : await alone(ended, failedBeside, engine.env);
	failed += left;
	passed += failedBeside - left;
	await removeImages(engine);
	await engine.stop();
}

say(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function prepare(): Promise<Awaited<ReturnType<typeof ensureEngine>> | undefined> {
	try {
		const found = await ensureEngine({progress: say});
		say(`Docker Engine ${found.version} at ${found.host}`);
		await ensureProduct(found, {progress: say});
		return found;
	} catch (error) {
		say(error instanceof Error ? error.message : String(error));
		return undefined;
	}
}

/** What the tests built, by the name that all of it has. Whatever else is on the engine is not ours. */
async function removeImages({docker, env}: Awaited<ReturnType<typeof ensureEngine>>): Promise<void> {
	const names = await run(
		docker,
		['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', 'sallyport-test/*'],
		{env},
	);
	const list = names.split('\n').filter(Boolean);
	if (list.length > 0) {
		await run(docker, ['image', 'rm', '-f', ...list], {env}).catch(error => say(String(error)));
	}
}

interface Ended {
	readonly code: number;
	readonly output: string;
}

/** All at once; the first is seen as it goes, each other one when those before it have ended. */
async function runLanes(
	filesOf: readonly (readonly string[])[],
	env: Readonly<Record<string, string>>,
): Promise<readonly Ended[]> {
	const running = filesOf.map((files, at) => runStep(['ava', ...files], env, at === 0));
	const ended: Ended[] = [];
	for (const [at, lane] of running.entries()) {
		const end = await lane;
		ended.push(end);
		if (at > 0) {
			process.stdout.write(end.output);
		}
	}

	return ended;
}

/** @param isSeen whether what it says is written out as it says it */
function runStep(
	[command, ...args]: Step['args'],
	env: Readonly<Record<string, string>>,
	isSeen = true,
): Promise<Ended> {
	return new Promise(resolve => {
		const child = spawn(command, args, {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'inherit']});
		let output = '';
		child.stdout.on('data', (chunk: Buffer) => {
			output += chunk.toString();
			if (isSeen) {
				process.stdout.write(chunk);
			}
		});
		child.on('error', error => resolve({code: 1, output: `${command}: ${error.message}`}));
		child.on('close', code => resolve({code: code ?? 1, output}));
	});
}

/** A run that ended badly without naming a failed test has still failed. */
function countsOf({code, output}: Ended): {readonly passed: number; readonly failed: number} {
	const counted = counts(output);
	return code !== 0 && counted.failed === 0 ? {...counted, failed: 1} : counted;
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((all, each) => all + each, 0);
}

/**
 * Runs the files in which something failed once more, one after the other with nothing beside them: what is promised within seconds may
 * be late where three lanes share a machine. That they failed before is said; what fails alone as well has failed.
 * @returns how many tests have failed for good
 */
async function alone(
	ended: readonly Ended[],
	failedBeside: number,
	env: Readonly<Record<string, string>>,
): Promise<number> {
	const files = ended.flatMap(({output}) => failedFiles(output, existsSync));
	if (files.length === 0 || files.length > MOST_AGAIN) {
		say(`== ${failedBeside} failed`);
		for (const {output} of ended.filter(each => countsOf(each).failed > 0)) {
			say(failuresIn(output, LINES_OF_A_FAILURE));
		}

		return failedBeside;
	}

	say(`== ${failedBeside} failed beside others, and run again alone: ${files.join(', ')}`);
	let left = 0;
	for (const file of files) {
		const again = await runStep(['ava', file], env, false);
		const {failed: many} = countsOf(again);
		left += many;
		say(many === 0 ? `${file}: passed alone` : `${file}: ${many} failed alone as well`);
		if (many > 0) {
			say(failuresIn(again.output, LINES_OF_A_FAILURE));
		}
	}

	return left;
}
