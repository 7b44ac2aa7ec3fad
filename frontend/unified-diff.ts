import {isRuleId, ruleCatalogue} from '../policies/rules/index.ts';
import {type Change, changesBetween} from './diff.ts';
import {paint} from './paint.ts';
import type {Look} from './report.ts';

/** Lines that are shown around a change. */
const CONTEXT = 3;

export interface Repaired {
	readonly rule: string;
	readonly title: string;
	readonly line: number | undefined;
}

interface Texts {
	readonly file: string;
	readonly before: Uint8Array;
	readonly after: Uint8Array;
	/** Which repairs were made; they are named above the hunk that holds their line. */
	readonly repaired: readonly Repaired[];
}

/** A unified diff that `patch` takes, each hunk under the rules and reasons that made it. Empty when nothing differs. */
export function unifiedDiff({file, before, after, repaired}: Texts, look: Look): string {
	const old = linesOf(before);
	const fresh = linesOf(after);
	const hunks = hunksOf(changesBetween(old, fresh));
	if (hunks.length === 0) {
		return '';
	}

	const name = file.replace(/^\/+/, '');
	const head = [paint(`--- a/${name}`, 'bold', look), paint(`+++ b/${name}`, 'bold', look)];
	let rest = repaired;
	const bodies = hunks.map((hunk, index) => {
		const end = hunks[index + 1]?.[0]?.at ?? Number.POSITIVE_INFINITY;
		// What was found further down than the last change belongs to it: an instruction that was put at the end.
		const mine = rest.filter(({line = 1}) => line - 1 < end - CONTEXT || index === hunks.length - 1);
		rest = rest.filter(each => !mine.includes(each));
		return hunkText(hunk, old, mine, look);
	});
	return `${[...head, ...bodies].join('\n')}\n`;
}

/** Each line with its end, so that a file that ends without one differs from one that does. */
function linesOf(bytes: Uint8Array): readonly string[] {
	return bytes.length === 0 ? [] : new TextDecoder('utf-8', {ignoreBOM: true}).decode(bytes).split(/(?<=\n)/);
}

/** Changes whose surroundings touch are one hunk. */
function hunksOf(changes: readonly Change[]): readonly (readonly Change[])[] {
	const hunks: Change[][] = [];
	let end = Number.NEGATIVE_INFINITY;
	for (const change of changes) {
		const open = hunks.at(-1);
		if (open === undefined || change.at - end > 2 * CONTEXT) {
			hunks.push([change]);
		} else {
			open.push(change);
		}

		end = change.at + change.removed.length;
	}

	return hunks;
}

function hunkText(
	changes: readonly Change[],
	old: readonly string[],
	repaired: readonly Repaired[],
	look: Look,
): string {
	const [first] = changes;
	const last = changes.at(-1);
	if (first === undefined || last === undefined) {
		return '';
	}

	const start = Math.max(0, first.at - CONTEXT);
	const end = Math.min(old.length, last.at + last.removed.length + CONTEXT);
	const lines: string[] = [];
	let at = start;
	for (const {at: from, removed, added} of changes) {
		lines.push(
			...old.slice(at, from).map(line => marked(' ', line, look)),
			...removed.map(line => marked('-', line, look)),
			...added.map(line => marked('+', line, look)),
		);
		at = from + removed.length;
	}

	lines.push(...old.slice(at, end).map(line => marked(' ', line, look)));
	const grown = changes.reduce((sum, {removed, added}) => sum + added.length - removed.length, 0);
	const newStart = first.newAt - (first.at - start);
	const place = `@@ -${rangeOf(start, end - start)} +${rangeOf(newStart, end - start + grown)} @@`;
	return [...reasonsOf(repaired, look), paint(place, 'cyan', look), ...lines].join('\n');
}

function rangeOf(start: number, count: number): string {
	return `${count === 0 ? start : start + 1},${count}`;
}

/** `patch` takes lines that begin with none of its signs for comments. */
function reasonsOf(repaired: readonly Repaired[], look: Look): readonly string[] {
	const reasons = repaired.map(({rule, title}) => {
		const why = isRuleId(rule) ? `${ruleCatalogue[rule].title} → ` : '';
		return `# ${rule}: ${why}${title}`.replace(/[\r\n]/g, ' ');
	});
	return [...new Set(reasons)].map(reason => paint(reason, 'dim', look));
}

const styles = {'-': 'red', '+': 'green'} as const;

function marked(sign: ' ' | '-' | '+', line: string, look: Look): string {
	const isOpen = !line.endsWith('\n');
	const text = `${sign}${isOpen ? line : line.slice(0, -1)}`;
	const shown = sign === ' ' ? text : paint(text, styles[sign], look);
	return isOpen ? `${shown}\n\\ No newline at end of file` : shown;
}
