import {parseArgs} from 'node:util';
import type {Bundle} from '../policies/bundle.ts';
import {type ControlId, catalogue} from '../policies/catalogue.ts';
import type {Difference} from '../policies/difference.ts';
import {differencesBetween} from '../policies/extension.ts';
import {levels, type Setting} from '../policies/setting.ts';
import {documentDigest} from '../proto/signed-document.ts';
import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {bundleAt, momentOf, operandOf} from './policy-files.ts';

const help = `Usage: sallyport policy show BUNDLE [--at DAY] [--json]
       sallyport policy diff BUNDLE BUNDLE [--at DAY] [--json]

show tells what a bundle says, with what it extends put in, who approved it, and which waivers hold. diff tells what is stricter (+),
laxer (-) or other (~) in the second of two. Both as it acts on a day; now, if none is given.

Exit 0: shown; the bundles are alike. 1: diff found something laxer. 2: wrong usage or bad input.
`;

const options = {
	at: {type: 'string'},
	json: {type: 'boolean', default: false},
	help: {type: 'boolean', short: 'h', default: false},
} as const;

/** `sallyport policy show`. @throws for a bundle that cannot be used */
export async function showPolicy(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({args: [...argv], allowPositionals: true, options});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const bundle = await bundleAt(operandOf('show', positionals, 'one bundle'), dayOf(values.at));
	io.stdout.write(values.json ? `${JSON.stringify(dataOf(bundle), undefined, 2)}\n` : textOf(bundle));
	return 0;
}

/** `sallyport policy diff`. @throws for a bundle that cannot be used */
export async function diffPolicies(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({args: [...argv], allowPositionals: true, options});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const [from, to, ...more] = positionals;
	if (from === undefined || to === undefined || more.length > 0) {
		throw new CliError('CLI_USAGE', 'diff takes two bundles; see "sallyport policy diff --help"');
	}

	const at = dayOf(values.at);
	const [before, after] = await Promise.all([bundleAt(from, at), bundleAt(to, at)]);
	const differences = differencesBetween(before, after);
	io.stdout.write(
		values.json
			? `${JSON.stringify({from: namesOf(before), to: namesOf(after), differences}, undefined, 2)}\n`
			: diffText(before, after, differences),
	);
	return differences.some(({direction}) => direction === 'weaker') ? 1 : 0;
}

function dayOf(text: string | undefined): Date {
	return text === undefined ? new Date() : new Date(momentOf('at', text));
}

function namesOf({name, version, owner, document}: Bundle): Readonly<Record<string, unknown>> {
	return {name, version, ...(owner === undefined ? {} : {owner}), digest: documentDigest(document)};
}

/** Stable keys, for programs. */
function dataOf(bundle: Bundle): unknown {
	const {parents, terms, standing, settings, rules, own, weakened} = bundle;
	return {
		...namesOf(bundle),
		extends: parents.map(parent => ({name: parent.bundle.name, digest: parent.digest})),
		...(standing === undefined
			? {}
			: {
					approval: standing.approval,
					waivers: standing.waivers.map(({waiver, state, message}) => ({...waiver, state, message})),
					problems: standing.problems,
				}),
		terms,
		weakened,
		controls: settings,
		rules,
		own,
	};
}

function textOf(bundle: Bundle): string {
	const {name, version, owner, document, parents, terms, own, weakened} = bundle;
	const {waiverLimits: limits} = terms;
	const days = (['critical', 'high', 'medium', 'low'] as const)
		.map(each => `${each} ${limits[each]} d`)
		.join(', ');
	const lines = [
		`${name} ${version}${owner === undefined ? '' : `, of ${owner}`}`,
		`  digest       ${documentDigest(document)}`,
		...parents.map(
			parent => `  extends      ${parent.bundle.name} ${parent.bundle.version} (${parent.digest})`,
		),
		...approvalLines(bundle),
		`  grace        ${terms.rollout.graceDays} days${terms.rollout.adoptedAt === undefined ? '' : ` from ${terms.rollout.adoptedAt}`}`,
		`  not looked   told as ${terms.onNotEvaluated}`,
		`  waivers      at most ${days}`,
		`  images       profile ${terms.build.profile}, self-test ${terms.build.selfTest}, ${terms.build.inspect ? 'files looked at' : 'files not looked at'}, break-glass ${terms.build.bypass}`,
		`  record kept  ${terms.evidence.retentionDays} days`,
		'',
		...levels.toReversed().flatMap(level => levelLines(bundle, level)),
		...own.map(rule => `  ${rule.id}  ${rule.level}  ${rule.title}`),
		...Object.entries(weakened).map(([id, {reason}]) => `  ${id} is taken less strictly: ${reason}`),
	];
	return `${[...lines, ...waiverLines(bundle)].join('\n')}\n`;
}

function approvalLines({standing, terms: {approval}}: Bundle): readonly string[] {
	const asked = approval.isRequired
		? `asked for, by ${approval.quorum === 1 ? 'one person' : `${approval.quorum} people`}`
		: 'not asked for';
	const state =
		standing === undefined
			? 'nothing lies beside it'
			: `${standing.approval.state}: ${standing.approval.message}`;
	return [`  approval     ${asked}; ${state}`];
}

function levelLines({settings}: Bundle, level: string): readonly string[] {
	const ids = (Object.keys(catalogue) as ControlId[]).filter(id => settings[id].level === level);
	const told = ids.map(id => `    ${id}${detailOf(settings[id])}`);
	return [`  ${level} (${ids.length} controls)`, ...told];
}

function detailOf({fix, tiers, params, enforceFrom, grace}: Setting): string {
	const parts = [
		...(fix === 'auto' ? ['repaired'] : []),
		...Object.entries(tiers).map(([tier, level]) => `${tier} ${level}`),
		...Object.keys(params).map(name => `${name} set`),
		...(enforceFrom === undefined ? [] : [`from ${enforceFrom}`]),
		...(grace === undefined ? [] : [`error from ${grace.until}`]),
	];
	return parts.length === 0 ? '' : `  (${parts.join(', ')})`;
}

function waiverLines({standing}: Bundle): readonly string[] {
	const {waivers = [], problems = []} = standing ?? {};
	return [
		...waivers.map(({state, message}) => `  waiver, ${state}: ${message}`),
		...problems.map(problem => `  not used: ${problem}`),
	];
}

const marks = {stronger: '+', weaker: '-', other: '~'} as const;

function diffText(before: Bundle, after: Bundle, differences: readonly Difference[]): string {
	const head = `${before.name} ${before.version} → ${after.name} ${after.version}`;
	const lines = differences.map(
		({subject, key, from, to, direction}) => `${marks[direction]} ${subject}  ${key}: ${from} → ${to}`,
	);
	const count = (direction: Difference['direction']): number =>
		differences.filter(each => each.direction === direction).length;
	const sum = `${count('stronger')} stricter, ${count('weaker')} laxer, ${count('other')} other`;
	return `${[head, ...lines, sum].join('\n')}\n`;
}
