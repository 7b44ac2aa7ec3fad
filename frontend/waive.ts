import type {WaiverStanding} from '../policies/assess-waiver.ts';
import type {Bundle} from '../policies/bundle.ts';
import {waiverProblem} from '../policies/holding.ts';
import {tierLevel} from '../policies/setting.ts';
import {isCoveredBy, type WaiverScope} from '../policies/waiver.ts';
import {digestOf} from '../proto/digest.ts';
import type {Instruction} from './dockerfile/ast.ts';
import {pairsOf, unquote} from './dockerfile/pairs.ts';
import type {Judged} from './judge.ts';
import type {Subject} from './rules/rule.ts';

/** What tells whether a waiver means this build and this finding. */
export type About = Pick<Subject, 'file' | 'dockerfile' | 'chain' | 'steps'>;

const SERVICE = 'org.opencontainers.image.title';

/**
 * Findings under the waivers that came with the bundle. What is validly waived is `waived`, with its raw result beside it; where
 * a waiver would cover a failure and does not hold, the failure stays and that is a finding of its own.
 */
export function waive(findings: readonly Judged[], bundle: Bundle, about: About): readonly Judged[] {
	const waivers = bundle.standing?.waivers ?? [];
	if (waivers.length === 0) {
		return findings;
	}

	const services = servicesOf(about);
	const told = new Map<string, Judged>();
	// Each waiver is held against all findings once: there may be many of both.
	const problems = new Map(waivers.map(each => [each, waiverProblem(each, findings)]));
	const settled = findings.map(finding => {
		const raw = waivable(finding);
		const meant = raw === undefined ? [] : waivers.filter(each => isMeant(each, finding, services, about));
		const judged = meant.map(each => ({each, problem: problems.get(each)}));
		const valid = judged.find(({problem}) => problem === undefined);
		if (raw !== undefined && valid !== undefined) {
			const {id, expiresAt} = valid.each.waiver;
			const message = `${finding.message} The waiver ${id} covers this until ${expiresAt}.`;
			const waiver = {id, until: expiresAt};
			return {...finding, result: 'waived' as const, raw, waiver, message};
		}

		for (const {each, problem = ''} of judged) {
			told.set(each.waiver.id, toldOf(finding, problem, bundle));
		}

		return finding;
	});
	return [...settled, ...told.values()];
}

/** What fails, and what stops a build because nobody could look at it. */
function waivable({result, tells}: Judged): Judged['raw'] {
	if (result === 'fail') {
		return result;
	}

	return (result === 'not-evaluated' || result === 'error') && tells === 'error' ? result : undefined;
}

/**
 * Names a finding by what it is about, so that a waiver can mean this one and no other: the rule, and the instruction's text
 * without its layout. It outlives a move to another line, and ends when the instruction is changed.
 */
export function fingerprintOf(
	{rule, place}: Pick<Judged, 'rule' | 'place'>,
	{file, dockerfile}: Pick<About, 'file' | 'dockerfile'>,
): string {
	const instruction = place?.file === file ? instructionAt(dockerfile.instructions, place.line) : undefined;
	const text =
		instruction === undefined
			? ''
			: new TextDecoder().decode(dockerfile.bytes.subarray(instruction.span.start, instruction.span.end));
	return digestOf(`${rule}\n${text.split(/\s+/).join(' ').trim()}`);
}

/** Instructions stand in the order of their lines. */
function instructionAt(instructions: readonly Instruction[], line: number): Instruction | undefined {
	let [from, to] = [0, instructions.length];
	while (from < to) {
		const middle = (from + to) >> 1;
		if ((instructions[middle]?.endLine ?? 0) < line) {
			from = middle + 1;
		} else {
			to = middle;
		}
	}

	const found = instructions[from];
	return found !== undefined && found.line <= line ? found : undefined;
}

/** What the image says it is. Its Dockerfile's author writes that, so a waiver for a service reaches whoever takes its name. */
function servicesOf({chain, steps}: About): ReadonlySet<string> {
	const own = new Set(chain.stages);
	const labels = steps
		.filter(({stage, instruction}) => own.has(stage) && instruction.keyword === 'LABEL')
		.flatMap(({instruction, escapeBy, expand}) =>
			pairsOf(instruction, escapeBy)
				.filter(({name}) => name === SERVICE)
				.map(({value = ''}) => expand(value) ?? unquote(value, escapeBy)),
		);
	return new Set(labels.slice(-1));
}

function isMeant(
	{waiver: {rule, scope}}: WaiverStanding,
	finding: Judged,
	services: ReadonlySet<string>,
	about: About,
): boolean {
	return isCoveredBy(rule, finding.rule, finding.control) && isInScope(scope, finding, services, about);
}

/** An image digest is not known before there is an image, so a waiver for one means nothing here. */
function isInScope(
	scope: WaiverScope,
	finding: Judged,
	services: ReadonlySet<string>,
	about: About,
): boolean {
	const isService = scope.services?.some(name => services.has(name)) ?? true;
	const isFinding = scope.fingerprints?.includes(fingerprintOf(finding, about)) ?? true;
	return isService && isFinding && scope.imageDigests === undefined;
}

function toldOf(finding: Judged, problem: string, bundle: Bundle): Judged {
	const setting = bundle.rules['valid-exceptions'];
	return {
		rule: 'valid-exceptions',
		control: 'gov-waivers-valid',
		result: 'fail',
		level: tierLevel(setting, undefined),
		message: `${problem} So what ${finding.rule} found here counts.`,
		...(finding.place === undefined ? {} : {place: finding.place}),
	};
}
