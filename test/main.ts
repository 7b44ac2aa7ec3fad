import {spawn} from 'node:child_process';
import {globSync} from 'node:fs';
import {ensureEngine} from './engine/engine.ts';
import {ensureProduct} from './engine/product.ts';
import {run} from './engine/run.ts';

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
	for (const {code, output} of await runLanes(asked.length > 0 ? [asked] : lanes(), engine.env)) {
		const counted = counts(output);
		passed += counted.passed;
		// A run that ended badly without naming a failed test has still failed.
		failed += code !== 0 && counted.failed === 0 ? 1 : counted.failed;
	}

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

/** Counts what the test runner marked, one line a test; and what it says at the end of trouble outside of tests. */
function counts(output: string): {readonly passed: number; readonly failed: number} {
	const lines = (pattern: RegExp): number => output.match(pattern)?.length ?? 0;
	const outside = [...output.matchAll(/^\s*(\d+) (?:uncaught exceptions?|unhandled rejections?)$/gm)];
	return {
		passed: lines(/^\s*✔ /gm),
		failed: lines(/^\s*✘ \[fail\]/gm) + outside.reduce((sum, [, count]) => sum + Number(count), 0),
	};
}
