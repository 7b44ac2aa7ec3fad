// Does our parser agree with BuildKit's? `npm run bench -- parser [MUTATIONS [SEED]]`. Needs Go: `parser/main.go` embeds
// BuildKit's own parser, and is built into the cache.
import {execFileSync, spawn} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {text as textOf} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {ParseError} from '../frontend/dockerfile/error.ts';
import {parseDockerfile} from '../frontend/dockerfile/parse.ts';
import {
	examplesOfRules,
	realDockerfiles,
	type Sample,
	strangeDockerfiles,
} from '../test/helpers/dockerfiles.ts';
import {mutate, randomFrom} from '../test/helpers/mutate.ts';
import {compare, type Theirs} from './compare-parsers.ts';

const BATCH = 2000;

const {positionals} = parseArgs({allowPositionals: true});
const [mutations = 20_000, seed = 1] = positionals.map(Number);
const oracle = build();
const found = realDockerfiles();
const given = [...(found ?? []), ...strangeDockerfiles(), ...examplesOfRules()];
if (found === undefined) {
	print('the corpus of real Dockerfiles is not on this machine: the rest is compared');
}

const counts = new Map<string, number>();
const shown = new Map<string, Sample>();
const started = performance.now();
await compareAll(given);
for (let from = 0; from < mutations; from += BATCH) {
	await compareAll(mutated(from, Math.min(mutations, from + BATCH)));
}

const {size} = new Set(given.map(({bytes}) => Buffer.from(bytes).toString('latin1')));
print(
	`${given.length} files (${size} of them different) and ${mutations} mutations (seed ${seed}), ${Math.round((performance.now() - started) / 1000)} s`,
);
for (const [outcome, count] of [...counts].toSorted(([, a], [, b]) => b - a)) {
	print(`${String(count).padStart(8)}  ${outcome}`);
}
for (const [outcome, {name, bytes}] of shown) {
	print(`\n${outcome}\n  ${name}\n  ${JSON.stringify(Buffer.from(bytes).toString('latin1')).slice(0, 1500)}`);
}
process.exitCode = shown.size > 0 ? 1 : 0;

function mutated(from: number, to: number): readonly Sample[] {
	const sources = given.map(({bytes}) => bytes);
	return Array.from({length: to - from}, (_, index) => {
		const number = from + index;
		return {
			name: `mutation ${number} of seed ${seed}`,
			bytes: mutate(sources, randomFrom(seed * 1_000_003 + number)),
		};
	});
}

async function compareAll(samples: readonly Sample[]): Promise<void> {
	const answers = await theirs(samples);
	for (const [index, sample] of samples.entries()) {
		const answer = answers[index];
		if (answer === undefined) {
			throw new Error(`BuildKit's parser gave ${answers.length} answers to ${samples.length} files`);
		}
		const {outcome, agrees} = compare(ours(sample.bytes), answer);
		counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
		// The shortest case of each kind is the one to look at.
		if (!agrees && sample.bytes.length < (shown.get(outcome)?.bytes.length ?? Infinity)) {
			shown.set(outcome, sample);
		}
	}
}

function ours(bytes: Uint8Array) {
	try {
		return parseDockerfile(bytes);
	} catch (error) {
		if (error instanceof ParseError) {
			return error;
		}
		throw error;
	}
}

async function theirs(samples: readonly Sample[]): Promise<readonly Theirs[]> {
	const child = spawn(oracle, {stdio: ['pipe', 'pipe', 'inherit']});
	child.stdin.end(samples.map(({bytes}) => `${Buffer.from(bytes).toString('base64')}\n`).join(''));
	const lines = (await textOf(child.stdout)).trimEnd().split('\n');
	return lines.map(line => JSON.parse(line));
}

function build(): string {
	const folder = join(homedir(), '.cache/sallyport/peers');
	const file = join(folder, 'buildkit-parser');
	mkdirSync(folder, {recursive: true});
	execFileSync('go', ['build', '-o', file, '.'], {
		cwd: fileURLToPath(new URL('parser/', import.meta.url)),
		stdio: 'inherit',
	});
	return file;
}

function print(line: string): void {
	process.stdout.write(`${line}\n`);
}
