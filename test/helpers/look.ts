import {ParseError} from '../../frontend/dockerfile/error.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {FrontendError} from '../../frontend/error.ts';
import {type Examined, examine, type Opened, openDockerfile} from '../../frontend/examine.ts';
import {noProject} from '../../frontend/project.ts';
import {rewrite} from '../../frontend/rewrite.ts';
import type {Bundle} from '../../policies/bundle.ts';
import type {Setting} from '../../policies/setting.ts';

/** What came of one file: refused with one sentence, or judged. Everything in `wrong` is a mistake of ours. */
export interface Look {
	readonly refusal?: string;
	readonly findings: number;
	readonly wrong: readonly string[];
}

/** The bundle with all its rules on and every repair wanted, or only those of one rule. */
export function bundleOf(bundle: Bundle, only?: string): Bundle {
	const {settings, rules} = bundle;
	return {...bundle, settings: switched(settings, only), rules: switched(rules, only)};
}

function switched<K extends string>(
	settings: Readonly<Record<K, Setting>>,
	only?: string,
): Record<K, Setting> {
	const entries = Object.entries<Setting>(settings).map(([id, setting]) => [
		id,
		{...setting, level: only === undefined || only === id ? 'warn' : 'off', tiers: {}, fix: 'auto'},
	]);
	return Object.fromEntries(entries) as Record<K, Setting>; // The keys are its own.
}

/** Reads and judges a file, and looks for what must never be: a rule that breaks, a place outside, a broken repair. */
export function look(bytes: Uint8Array, bundle: Bundle): Look {
	const opened = open(bytes);
	if (!('dockerfile' in opened)) {
		return opened;
	}
	const seen = examined(opened, bundle);
	return {
		findings: seen.findings.length,
		wrong: [
			...brokenRules(seen),
			...unclear(seen),
			...placesOutside(opened, seen),
			...brokenRepairs(opened, seen, bundle),
		],
	};
}

function examined(opened: Opened, bundle: Bundle): Examined {
	return examine(opened, {
		bundle,
		project: noProject,
		images: new Map(),
		proxy: undefined,
		isOffline: true,
		contextFiles: undefined,
	});
}

function open(bytes: Uint8Array): Opened | Look {
	try {
		return openedFrom(bytes);
	} catch (error) {
		if (error instanceof FrontendError || error instanceof ParseError) {
			return {refusal: error.message, findings: 0, wrong: notOneSentence(error.message)};
		}
		return {findings: 0, wrong: [`opening threw ${error instanceof Error ? error.stack : 'something'}`]};
	}
}

function openedFrom(bytes: Uint8Array): Opened {
	return openDockerfile({
		file: 'Dockerfile',
		bytes,
		target: undefined,
		buildArgs: new Map(),
		contexts: new Set(),
	});
}

/** A refusal is one sentence of bearable length, without control characters and without a stack. */
export function notOneSentence(message: string): readonly string[] {
	const isOne = message.length <= 400 && /^[^\p{Cc}]*$/u.test(message) && !/\bat \S+:\d+:\d+/.test(message);
	return isOne ? [] : [`the refusal is no clear sentence: ${JSON.stringify(message.slice(0, 600))}`];
}

function brokenRules({findings}: Examined): readonly string[] {
	return findings.filter(({result}) => result === 'error').map(({message}) => message);
}

/** What a file says is shown on terminals and in logs: bounded, and without what they would obey. */
function unclear({findings}: Examined): readonly string[] {
	return findings
		.filter(({message}) => message.length > 1000 || /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(message))
		.map(({control, message}) => `${control} says: ${JSON.stringify(message.slice(0, 1100))}`);
}

function placesOutside({dockerfile: {bytes}}: Opened, {findings}: Examined): readonly string[] {
	const lines = Buffer.from(bytes).toString('latin1').split('\n');
	return findings.flatMap(({message, control, place}) => {
		if (place?.file !== 'Dockerfile') {
			return [];
		}
		const {line, endLine = line, column = 1} = place;
		const {endColumn = 1} = place;
		const isInside =
			line >= 1 &&
			endLine >= line &&
			endLine <= lines.length &&
			isColumn(column, lines[line - 1]) &&
			isColumn(endColumn, lines[endLine - 1]);
		const shown = `${line}:${column} to ${endLine}:${endColumn}`;
		return isInside ? [] : [`${control} points at ${shown}, outside the ${lines.length} lines: ${message}`];
	});
}

/** A place may end behind the last byte. */
function isColumn(column: number, line = ''): boolean {
	return column >= 1 && column <= line.length + 1;
}

/** Longest file whose repairs are repeated. */
const MAX_REPEATED = 100_000;

/** What the repairs leave is read again, holds our layer at its end, and a second run changes nothing in it. */
function brokenRepairs(opened: Opened, {bytes, fixes}: Examined, bundle: Bundle): readonly string[] {
	const titles = [...new Set(fixes.map(({title}) => title))].join('; ').slice(0, 300);
	try {
		const again = bytes === opened.dockerfile.bytes ? opened : openedFrom(bytes);
		parseDockerfile(rewrite(again.dockerfile, again.target, true));
		if (fixes.length === 0 || bytes.length > MAX_REPEATED) {
			return [];
		}
		return Buffer.compare(examined(again, bundle).bytes, bytes) === 0
			? []
			: [`a second run changes more (${titles})`];
	} catch (error) {
		return [`repairing (${titles}) threw ${error instanceof Error ? error.message : 'something'}`];
	}
}
