// Do our rules find what BuildKit's own checks find, at the same lines? `npm run bench -- checks [--cases|--real] [--write]`.
// Needs a Docker Engine and an image that it has (BASE, else debian:trixie-slim); nothing is built and nothing fetched.
// `--write` keeps BuildKit's answers to our cases, for the test that asks the same without an engine.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {
	type Answer,
	type CheckCase,
	checkCases,
	checkedFile,
	differences,
} from '../test/helpers/check-cases.ts';
import {realDockerfiles} from '../test/helpers/dockerfiles.ts';
import {everyRule, ownWarnings} from '../test/helpers/own-checks.ts';
import {askBuildKit} from './ask-buildkit.ts';

const AT_ONCE = 2;
const base = process.env['BASE'] ?? 'debian:trixie-slim';

const {values} = parseArgs({
	options: {cases: {type: 'boolean'}, real: {type: 'boolean'}, write: {type: 'boolean'}},
});
const folder = mkdtempSync(join(tmpdir(), 'sallyport-checks-'));
const bundle = await everyRule();
const counts = new Map<string, {both: number; theirs: number; ours: number; meant: number}>();
const disagreements: string[] = [];
try {
	const cases = values.real === true ? [] : checkCases();
	const real = values.cases === true ? [] : realCases();
	const answers = await askAll([...cases, ...real]);
	for (const [each, answer] of answers) {
		count(each, answer);
	}
	if (values.write === true) {
		const lines = cases.map(each => JSON.stringify({name: each.name, ...answers.get(each)}));
		writeFileSync(checkedFile, `${lines.join('\n')}\n`);
	}
	report(answers.size);
} finally {
	rmSync(folder, {recursive: true});
}

/** Another frontend would answer for itself: the syntax line makes room for a comment. */
function realCases(): readonly CheckCase[] {
	return (realDockerfiles() ?? []).map(({name, bytes}) => {
		const text = Buffer.from(bytes)
			.toString('utf8')
			.replace(/^#\s*syntax\s*=.*$/im, '#');
		return {name, text, buildArgs: {}, differs: {}};
	});
}

async function askAll(cases: readonly CheckCase[]): Promise<ReadonlyMap<CheckCase, Answer>> {
	const answers = new Map<CheckCase, Answer>();
	const waiting = cases.values();
	const ask = async (room: string): Promise<void> => {
		for (const each of waiting) {
			try {
				answers.set(each, await askBuildKit(each, base, room));
			} catch (error) {
				disagreements.push(`${each.name}: not answered: ${String(error).replaceAll('\n', ' ')}`);
			}
		}
	};
	await Promise.all(Array.from({length: AT_ONCE}, (_, room) => ask(join(folder, String(room)))));
	return answers;
}

function count(each: CheckCase, theirs: Answer): void {
	for (const {warning, side, why} of differences(each, theirs, ownWarnings(each, bundle))) {
		const [check = ''] = warning.split(':');
		const row = counts.get(check) ?? {both: 0, theirs: 0, ours: 0, meant: 0};
		counts.set(check, row);
		row[side !== 'both' && why !== undefined ? 'meant' : side] += 1;
		if (side !== 'both' && why === undefined) {
			disagreements.push(`${each.name}: ${warning} is ${side === 'theirs' ? "BuildKit's" : 'ours'} alone`);
		}
	}
}

function report(files: number): void {
	print(`${files} files; warnings by check and line`);
	print(`${'check'.padEnd(34)}   both  BuildKit alone  ours alone  meant to differ`);
	for (const [check, {both, theirs, ours, meant}] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
		const cells = [both, theirs, ours, meant].map((n, at) => String(n).padStart([7, 16, 12, 17][at] ?? 0));
		print(`${check.padEnd(34)}${cells.join('')}`);
	}
	print(['', ...disagreements].join('\n'));
	process.exitCode = disagreements.length > 0 ? 1 : 0;
}

function print(line: string): void {
	process.stdout.write(`${line}\n`);
}
