// Do our rules find what hadolint finds? `npm run bench -- recall [FOLDER]`: the corpus, or the `*.Dockerfile` of a folder.
// Every rule is on and every image runs as root. A finding counts as found when a rule of ours that bears its name as an
// alias points at the same instruction; what we leave alone for a reason is listed in `recall-reasons.ts`.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {loadBundle} from '../frontend/bundles.ts';
import type {Instruction} from '../frontend/dockerfile/ast.ts';
import {ParseError} from '../frontend/dockerfile/error.ts';
import {parseDockerfile} from '../frontend/dockerfile/parse.ts';
import {FrontendError} from '../frontend/error.ts';
import {examine, openDockerfile} from '../frontend/examine.ts';
import {noProject} from '../frontend/project.ts';
import {refusalOf} from '../frontend/rules/syntax/refusals.ts';
import type {Bundle} from '../policies/bundle.ts';
import {isRuleId, type RuleId, ruleCatalogue} from '../policies/rules/index.ts';
import {realDockerfiles, type Sample} from '../test/helpers/dockerfiles.ts';
import {hadolint, INSTALL, isInstalled} from './peers.ts';
import {reasonFor} from './recall-reasons.ts';

interface Theirs {
	readonly code: string;
	readonly file: string;
	readonly line: number;
	readonly message: string;
}

interface Ours {
	readonly rule: string;
	readonly line: number;
	readonly message: string;
	readonly level: string;
}

interface Row {
	found: number;
	readonly silent: Map<string, number>;
	readonly missed: string[];
	readonly more: string[];
}

const now = new Date();
const [chosen] = process.argv.slice(2);
const files = chosen === undefined ? realDockerfiles() : samplesIn(chosen);
if (files === undefined || !isInstalled(hadolint)) {
	print(files === undefined ? 'No corpus on this machine.' : `Not installed:\n  ${INSTALL[0]}`);
	process.exit(1);
}

const namesOf = new Map<string, RuleId[]>();
for (const id of Object.keys(ruleCatalogue).filter(isRuleId)) {
	for (const alias of (ruleCatalogue[id].aliases ?? []).filter(name => /^DL\d{4}$/.test(name))) {
		namesOf.set(alias, [...(namesOf.get(alias) ?? []), id]);
	}
}
const rows = new Map<string, Row>(
	[...namesOf.keys()].sort().map(code => [code, {found: 0, silent: new Map(), missed: [], more: []}]),
);
const bundle = await everyRule();
const theirs = Map.groupBy(theirFindings(files), ({file}) => file);
let refused = 0;
for (const file of files) {
	compare(file, theirs.get(file.name) ?? []);
}

table();

function samplesIn(folder: string): readonly Sample[] {
	const names = readdirSync(folder).filter(name => name.endsWith('.Dockerfile'));
	return names.sort().map(name => ({name, bytes: readFileSync(join(folder, name))}));
}

async function everyRule(): Promise<Bundle> {
	const usual = await loadBundle('baseline', new URL('../policies/bundles/', import.meta.url), now);
	const rules = Object.entries(usual.rules).map(([id, setting]) => [
		id,
		{...setting, level: setting.level === 'off' ? 'info' : setting.level},
	]);
	return {...usual, rules: Object.fromEntries(rules)};
}

/** Also those that hadolint leaves out unless told, and where its own pragmas ask for silence. */
function theirFindings(samples: readonly Sample[]): readonly Theirs[] {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-recall-'));
	try {
		const names = samples.map(({bytes}, index) => {
			writeFileSync(join(folder, String(index)), bytes);
			return String(index);
		});
		const all = [...rows.keys()].flatMap(code => ['--info', code]);
		const options = ['-f', 'json', '--no-fail', '--disable-ignore-pragma', ...all];
		const found = answersOf(options, names, folder);
		return found.map(each => ({...each, file: samples[Number(each.file)]?.name ?? each.file}));
	} finally {
		rmSync(folder, {recursive: true});
	}
}

/** It ends without an answer at some files; the others are asked about without those. */
function answersOf(options: readonly string[], names: readonly string[], cwd: string): readonly Theirs[] {
	const asked = [...options, ...names];
	const {stdout, status} = spawnSync(hadolint.command, asked, {cwd, maxBuffer: 2 ** 28, encoding: 'utf8'});
	if (status === 0) {
		return JSON.parse(stdout);
	}
	const half = Math.ceil(names.length / 2);
	return names.length === 1
		? names.map(file => ({code: 'DL1000', file, line: 1, message: 'ends without an answer'}))
		: [names.slice(0, half), names.slice(half)].flatMap(part => answersOf(options, part, cwd));
}

function compare(sample: Sample, their: readonly Theirs[]): void {
	const ours = ourFindings(sample);
	const isUnread = their.some(({code}) => code === 'DL1000');
	refused += isUnread ? 1 : 0;
	const instructions = instructionsOf(sample.bytes);
	for (const each of their) {
		const row = rows.get(each.code);
		if (row !== undefined) {
			count(row, each, ours, instructions);
		}
	}
	const told = new Set(their.map(({code, line}) => `${code} ${startOf(line, instructions)}`));
	for (const [code, row] of isUnread ? [] : rows) {
		const more = ours
			.filter(({rule, level}) => level !== 'info' && namesOf.get(code)?.some(id => id === rule))
			.filter(({line}) => !told.has(`${code} ${startOf(line, instructions)}`));
		row.more.push(...more.map(({line, message}) => `${sample.name}:${line} ${message}`));
	}
}

function count(
	row: Row,
	{code, file, line, message}: Theirs,
	ours: readonly Ours[],
	instructions: readonly Instruction[],
): void {
	const ids = namesOf.get(code) ?? [];
	const start = startOf(line, instructions);
	if (ours.some(each => ids.some(id => id === each.rule) && startOf(each.line, instructions) === start)) {
		row.found += 1;
		return;
	}
	const elsewhere = ours.filter(each => ids.some(id => id === each.rule)).map(each => each.line);
	const reason = reasonFor(code, `${file}:${line}`, elsewhere.length > 0);
	if (reason === undefined) {
		const besides = elsewhere.length === 0 ? '' : ` (ours at ${elsewhere.join(', ')})`;
		row.missed.push(`${file}:${line} ${message}${besides}`);
	} else {
		row.silent.set(reason, (row.silent.get(reason) ?? 0) + 1);
	}
}

/** What a file is that cannot be read counts as found by the rule that it breaks. */
function ourFindings({bytes}: Sample): readonly Ours[] {
	const wanted = {
		file: 'Dockerfile',
		bytes,
		target: undefined,
		buildArgs: new Map(),
		contexts: new Set<string>(),
	};
	try {
		const opened = openDockerfile(wanted);
		const images = new Map(opened.refs.map(ref => [ref, {}]));
		const known = {images, project: noProject, proxy: undefined, isOffline: true, contextFiles: undefined};
		const {findings} = examine(opened, {...known, bundle}, {lines: 'kept', wants: () => false});
		return findings
			.filter(({result}) => result === 'fail')
			.map(({rule, place, message, level}) => ({rule, line: place?.line ?? 1, message, level}));
	} catch (error) {
		if (error instanceof FrontendError && error.cause instanceof ParseError) {
			const {rule, place, message} = refusalOf(error.cause, 'Dockerfile');
			return [{rule, line: place.line, message, level: 'error'}];
		}
		throw error;
	}
}

function instructionsOf(bytes: Uint8Array): readonly Instruction[] {
	try {
		return parseDockerfile(bytes).instructions;
	} catch {
		return [];
	}
}

/** The first line of the instruction that a line belongs to. */
function startOf(at: number, instructions: readonly Instruction[]): number {
	return instructions.find(({line, endLine}) => line <= at && at <= endLine)?.line ?? at;
}

function table(): void {
	print(`${files?.length} files; ${refused} that hadolint cannot read.\n`);
	print('rule     hadolint  found  silent  missed   only ours, at warn');
	for (const [code, {found, silent, missed, more}] of rows) {
		const quiet = silent.values().reduce((sum, each) => sum + each, 0);
		const all = found + quiet + missed.length;
		if (all + more.length > 0) {
			const cells = [String(all).padStart(8), pad(found, 6), pad(quiet, 7), pad(missed.length, 7)];
			print(`${code}   ${cells.join(' ')} ${pad(more.length, 7)}`);
		}
	}
	for (const [code, {silent, missed, more}] of rows) {
		for (const [reason, times] of silent) {
			print(`\n${code}: ${times} left alone: ${reason}`);
		}
		for (const miss of missed) {
			print(`\n${code} missed: ${miss}`);
		}
		for (const each of more) {
			print(`\n${code} only ours: ${each}`);
		}
	}
}

function pad(value: number, width: number): string {
	return String(value).padStart(width);
}

function print(line: string): void {
	process.stdout.write(`${line}\n`);
}
