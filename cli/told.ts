import {createHash} from 'node:crypto';
import type {Judged} from '../frontend/judge.ts';
import {describe} from '../frontend/rules/describe.ts';
import type {Repaired} from '../frontend/unified-diff.ts';
import {catalogue} from '../policies/catalogue.ts';
import {type Check as Decided, type Verdict, worstFirst} from '../policies/decide.ts';
import {type Level, levels} from '../policies/setting.ts';
import type {Aside, Build} from './builds.ts';
import type {Look} from './look.ts';
import type {Problem} from './problem.ts';

/** A finding as it is told: where in which file, and which builds have it. */
export interface Told
	extends Pick<
		Judged,
		'rule' | 'result' | 'level' | 'message' | 'tier' | 'repair' | 'observed' | 'grace' | 'told'
	> {
	readonly control?: string;
	readonly criteria: readonly string[];
	readonly url: string;
	readonly file: string;
	/** 1-based; columns count UTF-16 code units, as editors and code-scanning pages do. */
	readonly line: number;
	readonly endLine?: number;
	readonly column?: number;
	readonly endColumn?: number;
	/** Builds that have it; empty for a file that is judged by itself. */
	readonly builds: readonly string[];
	/** Set aside by a comment in the file. */
	readonly ignored?: Ignored;
}

export interface Ignored {
	readonly reason?: string;
	readonly line?: number;
}

/** A Dockerfile with everything that is said of it. */
export interface FileReport {
	readonly file: string;
	/** Who builds it; empty for a file that is judged by itself. */
	readonly builds: readonly string[];
	readonly findings: readonly Told[];
	readonly notes: readonly string[];
	readonly asides: readonly Aside[];
	readonly problems: readonly Problem[];
	/** Bundles that judged it. */
	readonly policies: readonly string[];
	readonly outcome: Outcome;
	readonly checks: readonly Check[];
	/** Repairs that were written into the file. */
	readonly repaired: readonly Repaired[];
}

/** A control without its findings: these are told one by one. */
export type Check = Omit<Decided, 'findings'>;
export type Outcome = Verdict['outcome'];

const outcomes: readonly Outcome[] = ['fail', 'incomplete', 'pass'];

/** What was seen of one build. */
export interface Seen {
	readonly build: Build;
	readonly look: Look;
}

/** One report of one file from all its builds: what several of them have is told once. */
export function reportOf(file: string, seen: readonly Seen[]): FileReport {
	const findings = new Map<string, Told>();
	for (const {build, look} of seen) {
		for (const told of toldOf(build, look)) {
			const key = keyOf(told);
			const known = findings.get(key);
			findings.set(key, known === undefined ? told : {...known, builds: [...known.builds, ...told.builds]});
		}
	}

	const verdicts = seen.map(({look}) => look.examined.verdict);
	return {
		...emptyReport(file),
		builds: seen.flatMap(({build}) => build.name ?? []),
		findings: [...findings.values()].toSorted((a, b) => rank(b) - rank(a) || a.line - b.line),
		notes: [...new Set(seen.flatMap(({look}) => look.examined.notes))],
		policies: [...new Set(seen.map(({look}) => look.bundle.name))],
		outcome: outcomes.find(outcome => verdicts.some(verdict => verdict.outcome === outcome)) ?? 'pass',
		checks: worst(verdicts.flatMap(({checks}) => checks)).map(({control, result, level}) => ({
			control,
			result,
			level,
		})),
	};
}

export function emptyReport(file: string): FileReport {
	return {
		file,
		builds: [],
		findings: [],
		notes: [],
		asides: [],
		problems: [],
		policies: [],
		outcome: 'pass',
		checks: [],
		repaired: [],
	};
}

/** The least good result of every control. */
export function worst(checks: readonly Check[]): readonly Check[] {
	const byControl = Map.groupBy(checks, ({control}) => control);
	return [...byControl.values()].flatMap(each =>
		each.toSorted((a, b) => worstFirst.indexOf(a.result) - worstFirst.indexOf(b.result)).slice(0, 1),
	);
}

/** Whether a finding asks for something to be done. An ignored one does too, where it still stops builds. */
export function isFailure({result, level, ignored}: Pick<Told, 'result' | 'level' | 'ignored'>): boolean {
	return (ignored === undefined || level === 'error') && (result === 'fail' || result === 'error');
}

/** Failures before everything else, weighty ones first. */
function rank(told: Told): number {
	return (isFailure(told) ? 10 : told.result === 'fixed' ? 5 : 0) + levels.indexOf(told.level);
}

function keyOf({rule, result, level, message, file, line, column, ignored}: Told): string {
	return JSON.stringify([rule, result, level, message, file, line, column, ignored !== undefined]);
}

function toldOf(build: Build, {examined, opened}: Look): readonly Told[] {
	const {name} = build;
	const columnOf = columnsIn(opened.dockerfile.bytes);
	return examined.findings.map(finding => {
		const {control, rule, result, level, message} = finding;
		return {
			rule,
			...(control === undefined ? {} : {control}),
			criteria: control === undefined ? [] : catalogue[control].criteria,
			result,
			level,
			message,
			...placeOf(finding, build, columnOf),
			url: describe(rule).url,
			builds: name === undefined ? [] : [name],
			...optionalOf(finding),
		};
	});
}

/** A place in the Dockerfile, moved to where that stands when it is written inside another file; or in the project file. */
function placeOf(
	{place = {file: '', line: 1}}: Judged,
	{file, inline}: Build,
	columnOf: ReturnType<typeof columnsIn>,
): Pick<Told, 'file' | 'line' | 'endLine' | 'column' | 'endColumn'> {
	const {line, endLine = line} = place;
	if (place.file !== '' && place.file !== file) {
		return {file: place.file, line, endLine};
	}

	const offset = inline?.lineOffset ?? 0;
	const column = columnOf(line, place.column);
	const endColumn = columnOf(endLine, place.endColumn);
	return {
		file,
		line: line + offset,
		endLine: endLine + offset,
		// What is indented in the other file has other columns there.
		...(column === undefined || offset > 0 ? {} : {column}),
		...(endColumn === undefined || offset > 0 ? {} : {endColumn}),
	};
}

function optionalOf({tier, repair, observed, ignored, grace, told}: Judged): Partial<Told> {
	return {
		...(tier === undefined ? {} : {tier}),
		...(repair === undefined ? {} : {repair}),
		...(observed === undefined ? {} : {observed}),
		...(ignored === undefined ? {} : {ignored}),
		...(grace === undefined ? {} : {grace}),
		...(told === undefined ? {} : {told}),
	};
}

/** Byte columns → UTF-16 columns. The lines are found when the first finding needs one. */
function columnsIn(bytes: Uint8Array): (line: number, column: number | undefined) => number | undefined {
	let starts: readonly number[] | undefined;
	return (line, column) => {
		if (column === undefined) {
			return undefined;
		}

		starts ??= lineStarts(bytes);
		const start = starts[line - 1] ?? 0;
		return new TextDecoder().decode(bytes.subarray(start, start + column - 1)).length + 1;
	};
}

function lineStarts(bytes: Uint8Array): readonly number[] {
	const starts = [0];
	for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
		starts.push(at + 1);
	}

	return starts;
}

/**
 * What makes a finding the same one after lines have moved: rule, file and message, and how many like it stand before it.
 * Not the line's text: it may be a secret, and a hash of a short one can be guessed.
 */
export function fingerprintsOf(findings: readonly Told[]): readonly string[] {
	const seen = new Map<string, number>();
	return findings.map(({rule, file, message}) => {
		const key = `${rule}\n${file}\n${message}`;
		const count = seen.get(key) ?? 0;
		seen.set(key, count + 1);
		return createHash('sha256').update(`${key}\n${count}`).digest('hex');
	});
}

/** Findings of one level that ask for something, in all files. */
export function countOf(reports: readonly FileReport[], level: Level): number {
	return reports.flatMap(({findings}) => findings).filter(told => isFailure(told) && told.level === level)
		.length;
}
