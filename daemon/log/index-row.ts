import {results, type Statement, verdicts} from '../../proto/statement.ts';

/** What the index says of a statement. Derived by this one function when an entry is appended and when it is checked. */
export interface IndexRow {
	readonly predicateType: string;
	readonly container?: string;
	readonly name?: string;
	readonly image?: string;
	readonly verdict?: string;
	readonly counts?: string;
	readonly subjects: readonly string[];
	readonly checks: readonly {readonly control: string; readonly result: string}[];
}

// A statement is signed by us, but what it quotes (names, images) is not: the index takes no more than it needs.
const MAX_TEXT = 512;
const MAX_CHECKS = 1024;

export function indexOf({subject, predicateType, predicate}: Statement): IndexRow {
	const target = fields(predicate['target']);
	const optional = {
		container: matching(target['containerId'], /^[0-9a-f]{64}$/),
		name: text(target['name']),
		image: text(target['image']),
		verdict: oneOf(verdicts, predicate['verdict']),
		counts: countsOf(predicate['counts']),
	};
	const given = Object.entries(optional).filter(([, value]) => value !== undefined);
	return {
		predicateType: storable(predicateType),
		...Object.fromEntries(given),
		subjects: distinct(subject.flatMap(({digest}) => matching(digest['sha256'], /^[0-9a-f]{64}$/) ?? [])),
		checks: checksOf(predicate['checks']),
	};
}

function checksOf(value: unknown): IndexRow['checks'] {
	const checks = new Map<string, {readonly control: string; readonly result: string}>();
	for (const check of Array.isArray(value) ? value.slice(0, MAX_CHECKS) : []) {
		const control = matching(fields(check)['control'], /^[a-z0-9-]{1,64}$/);
		const result = oneOf(results, fields(check)['result']);
		if (control !== undefined && result !== undefined) {
			checks.set(`${control} ${result}`, {control, result});
		}
	}

	return [...checks.values()];
}

function countsOf(value: unknown): string | undefined {
	const counts = Object.entries(fields(value)).filter(([, count]) => Number.isSafeInteger(count));
	return counts.length === 0 || counts.length > 16 ? undefined : JSON.stringify(Object.fromEntries(counts));
}

function text(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? storable(value) : undefined;
}

// What every store gives back as it was handed in: no half surrogate pairs, and no NUL in the middle of a text.
function storable(value: string): string {
	return value.slice(0, MAX_TEXT).toWellFormed().replaceAll('\0', '');
}

function matching(value: unknown, pattern: RegExp): string | undefined {
	return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

function oneOf(allowed: readonly string[], value: unknown): string | undefined {
	return allowed.find(candidate => candidate === value);
}

function distinct(values: readonly string[]): readonly string[] {
	return [...new Set(values)];
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
