import {governRules} from '../../policies/rules/govern.ts';
import type {RuleNames} from '../../policies/rules/names.ts';
import type {Ignore} from './ignores.ts';

/** What is said about one finding: by ours, which counts, and by another tool's, which is only told. */
export interface Said {
	readonly own?: Ignore;
	readonly other?: Ignore;
}

/** Ignores by place and rule. */
export type Ignoring = (rule: string, line: number | undefined) => Said;

/** Ours without a reason do not count, and the rules that judge ignores themselves cannot be ignored. */
export function ignoringOf(ignores: readonly Ignore[], names: RuleNames): Ignoring {
	if (ignores.length === 0) {
		return () => ({});
	}

	const counted = ignores.filter(({tool, reason}) => tool !== 'sallyport' || reason !== undefined);
	const own = tableOf(
		counted.filter(({tool}) => tool === 'sallyport'),
		names,
	);
	const other = tableOf(
		counted.filter(({tool}) => tool !== 'sallyport'),
		names,
	);
	return (rule, line) => {
		const [mine, theirs] = isIgnorable(rule) ? [own(rule, line), other(rule, line)] : [];
		return {...(mine === undefined ? {} : {own: mine}), ...(theirs === undefined ? {} : {other: theirs})};
	};
}

export function isIgnorable(rule: string): boolean {
	return !Object.hasOwn(governRules, rule);
}

/** The rules that an ignore of ours or another's is about; `every` when it names none. */
export function rulesOf({tool, names}: Ignore, known: RuleNames): readonly string[] | 'every' {
	if (tool === 'KICS') {
		return 'every';
	}

	return names.flatMap(name =>
		tool === 'BuildKit' && name === 'all' ? known.ofBuildKit : known.rulesNamed(name),
	);
}

type ByRule = Map<string, Ignore>;
type Lines = {readonly line: number; readonly endLine: number};

function tableOf(
	ignores: readonly Ignore[],
	names: RuleNames,
): (rule: string, line: number | undefined) => Ignore | undefined {
	const file: ByRule = new Map();
	const places = new Map<number, {readonly lines: Lines; readonly byRule: ByRule}>();
	for (const ignore of ignores) {
		const {scope} = ignore;
		if (scope === 'file') {
			add(file, ignore, names);
		} else if (scope !== undefined) {
			const place = places.get(scope.line) ?? {lines: scope, byRule: new Map()};
			places.set(scope.line, place);
			add(place.byRule, ignore, names);
		}
	}

	const sorted = [...places.values()].toSorted((a, b) => a.lines.line - b.lines.line);
	return (rule, line) => {
		const place = line === undefined ? undefined : placeOf(sorted, line)?.byRule;
		return place?.get(rule) ?? place?.get('every') ?? file.get(rule) ?? file.get('every');
	};
}

function add(byRule: ByRule, ignore: Ignore, names: RuleNames): void {
	const rules = rulesOf(ignore, names);
	for (const rule of rules === 'every' ? (['every'] as const) : rules) {
		if (!byRule.has(rule)) {
			byRule.set(rule, ignore);
		}
	}
}

/** Instructions do not overlap, so at most one has the line. */
function placeOf<T extends {readonly lines: Lines}>(sorted: readonly T[], line: number): T | undefined {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((sorted[middle]?.lines.line ?? line) <= line) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}

	const found = sorted[low - 1];
	return found !== undefined && line <= found.lines.endLine ? found : undefined;
}
