import type {BuildTerms} from '../policies/terms.ts';
import type {RecordedSelfTest} from '../proto/build-record.ts';
import {FrontendError, GatewayError} from './error.ts';
import type {Examined} from './examine.ts';
import type {Found, Judged} from './judge.ts';
import type {Left} from './left.ts';
import {type Options, platformName} from './options.ts';
import {failingLine} from './result.ts';
import {foreignPlatforms, type Outcome} from './self-test.ts';

/** What was decided, as far as a trial has to know. */
interface Decision {
	readonly examined: Examined;
	/** The text that goes to BuildKit. */
	readonly text: Uint8Array;
}

/** @template B what is built of a decision, and whatever is known of it by then */
export interface Trial<D extends Decision, B> {
	/** The image has to pass, whether or not anything is on trial. */
	readonly isRequired: boolean;
	/** The author's text. */
	readonly original: Uint8Array;
	/** Judges and repairs again, without some of what is on trial. */
	readonly decide: (left: Left) => Promise<D>;
	/** Builds what was decided. */
	readonly make: (decision: D) => Promise<B>;
	readonly start: (decision: D, built: B) => Promise<Outcome>;
}

export interface Proven<D extends Decision, B> {
	readonly decision: D;
	readonly built: B;
	/** Absent when nothing had to be tried. */
	readonly outcome: Outcome | undefined;
}

/** With the first, which makes everything, and the last, which makes nothing on trial. */
const MAX_ATTEMPTS = 4;
const CANCELED = 1;
const INTERNAL = 13;

/**
 * Nothing bold is kept that was not seen to start. The result is built and tried; when that fails, repairs are taken back and the
 * author's text is judged again without them, at most four times in all.
 */
export async function prove<D extends Decision, B>(first: D, trial: Trial<D, B>): Promise<Proven<D, B>> {
	let decision = first;
	let left: Left = {rules: new Map()};
	for (let attempt = 1; ; attempt += 1) {
		const {applied} = decision.examined;
		const rules = rulesOnTrial(applied);
		const isLast = rules.length === 0 || attempt === MAX_ATTEMPTS;
		const tried = await attemptOf(decision, trial, isLast);
		if (tried !== undefined && (isLast || tried.outcome?.word === 'passed')) {
			return {decision, ...tried};
		}

		const isLastChance = attempt === MAX_ATTEMPTS - 1;
		const taken = isLastChance ? rules : takenBack(rules, applied, attempt, tried?.outcome);
		left = withLeft(left, taken, takenBackFor(tried?.outcome), taken.length === rules.length);
		decision = await trial.decide(left);
	}
}

/**
 * @param isLast nothing can be taken back any more: a build that fails now fails with its own error
 * @returns undefined where it could not be built
 */
async function attemptOf<D extends Decision, B>(
	decision: D,
	{isRequired, original, make, start}: Trial<D, B>,
	isLast: boolean,
): Promise<{readonly built: B; readonly outcome: Outcome | undefined} | undefined> {
	if (isLast) {
		const built = await make(decision);
		return {built, outcome: isRequired ? await start(decision, built) : undefined};
	}

	try {
		const built = await make(decision);
		return {built, outcome: await start(decision, built)};
	} catch (error) {
		if (isAboutTheBuild(error) && !isOwnFailure(error, decision, original)) {
			return undefined;
		}

		throw error;
	}
}

/** Not that somebody has ended it, or that we cannot reach the builder. */
function isAboutTheBuild(error: unknown): error is GatewayError {
	return error instanceof GatewayError && error.status.code !== CANCELED && error.status.code !== INTERNAL;
}

/** Rules with repairs on trial, the boldest first. */
export function rulesOnTrial(applied: readonly Found[]): readonly string[] {
	const onTrial = applied.filter(({finding: {fix}}) => fix?.isOnTrial === true);
	const sorted = onTrial.toSorted((a, b) => boldnessOf(b) - boldnessOf(a));
	return [...new Set(sorted.map(({rule}) => rule))];
}

/** What puts another image under the application goes first, then who it runs as, then what is only built in another way. */
function boldnessOf({rule, finding: {fix}}: Found): number {
	if (fix?.stage !== undefined) {
		return 4;
	}

	if (rule.includes('base')) {
		return 3;
	}

	return isAboutUser(rule) ? 2 : 1;
}

/**
 * What the author wrote fails where it stands, and all that is on trial comes after it: that must not be built a second time to be
 * found.
 */
function isOwnFailure({status}: GatewayError, {examined, text}: Decision, original: Uint8Array): boolean {
	const line = failingLine(status);
	return (
		line !== undefined &&
		changing(examined.applied).size === 0 &&
		lineOf(text, line) === lineOf(original, line)
	);
}

function lineOf(text: Uint8Array, line: number): string | undefined {
	return new TextDecoder().decode(text).split('\n')[line - 1];
}

/** Rules on trial that change what the author's own instructions do; others only add to their end. */
function changing(applied: readonly Found[]): ReadonlySet<string> {
	const changed = applied.filter(
		({finding: {fix}}) =>
			fix?.isOnTrial === true &&
			(fix.stage !== undefined || (fix.edits !== undefined && fix.edits.length > 0)),
	);
	return new Set(changed.map(({rule}) => rule));
}

/** An application that may not do what it wants to says so: then it is not the smaller image that broke it. */
function isAboutRights({log}: Outcome): boolean {
	return log.some(line => /EACCES|EPERM|[Pp]ermission denied|[Oo]peration not permitted/.test(line));
}

function isAboutUser(rule: string): boolean {
	return rule.includes('user') || rule.includes('root');
}

/**
 * Of what did not start, what its last words blame; else one rule less, and then half of the rest: in four attempts the most that
 * can be kept without trying every choice. What ran until its time was up waits for something that is not here, as a rule, and
 * loses all at once: four times that long is too long. Of what cannot be built, all that changes what the author's own
 * instructions do, at once.
 */
function takenBack(
	rules: readonly string[],
	applied: readonly Found[],
	attempt: number,
	outcome: Outcome | undefined,
): readonly string[] {
	if (outcome === undefined) {
		const changed = changing(applied);
		return changed.size === 0 ? rules : rules.filter(rule => changed.has(rule));
	}

	const rights = isAboutRights(outcome) ? rules.filter(isAboutUser) : [];
	if (rights.length > 0) {
		return rights;
	}

	const isHopeful = outcome.word === 'failed';
	return isHopeful ? rules.slice(0, attempt === 1 ? 1 : Math.ceil(rules.length / 2)) : rules;
}

/** @param isAll a repair that only comes into sight without the others is not made either */
function withLeft(left: Left, taken: readonly string[], sentence: string, isAll: boolean): Left {
	return {
		rules: new Map([...left.rules, ...taken.map(rule => [rule, sentence] as const)]),
		...(isAll ? {all: sentence} : {}),
	};
}

const MAX_QUOTED = 160;

function takenBackFor(outcome: Outcome | undefined): string {
	if (outcome === undefined) {
		return 'Its repair was made and taken back: the build failed with it.';
	}

	// The supervisor's own lines, and the proxy's, are not what the application said.
	const last = (outcome.log.findLast(line => !line.startsWith('{"ts":')) ?? outcome.log.at(-1))?.slice(
		0,
		MAX_QUOTED,
	);
	const said = last === undefined ? '' : `; its last line was: ${last}`;
	return `Its repair was made, tried and taken back: ${outcome.sentence}${said}.`;
}

/** Why nothing on trial is made in this build; undefined when it is. */
export function leftFromTheStart({selfTest}: BuildTerms, options: Options): Left | undefined {
	const [foreign] = foreignPlatforms(options);
	if (selfTest === 'off') {
		const all =
			'Its repair is only made where the result is started in the build, and this bundle says "selfTest: off".';
		return {rules: new Map(), all};
	}

	if (foreign === undefined) {
		return undefined;
	}

	const {builder} = options;
	const all = `Its repair is not made for ${platformName(foreign)}, which a builder for ${builder.os}/${builder.architecture} cannot start.`;
	return {rules: new Map(), all, isForeign: true};
}

/** What a person is told of repairs that were taken back, or are not made here, where no warning says it. */
export function notesOnLeft(
	left: Left | undefined,
	findings: readonly Judged[],
	warned: readonly Judged[],
): readonly string[] {
	const said = new Set(warned.map(({rule}) => rule));
	const back = [...(left?.rules ?? [])].filter(([rule]) => !said.has(rule));
	const {isForeign = false, all = ''} = left ?? {};
	const kept = isForeign && findings.some(({message}) => message.endsWith(all)) ? [all] : [];
	return [...back.map(([rule, sentence]) => `${rule}: ${sentence}`), ...kept];
}

/** What is shown in place of a build says what only a build could tell. */
export function withTrialNote(examined: Examined): Examined {
	const rules = rulesOnTrial(examined.applied);
	const note = `On trial, which means kept if the result starts and answers in the build: ${rules.join(', ')}.`;
	return rules.length === 0 ? examined : {...examined, notes: [...examined.notes, note]};
}

/**
 * What the record says of the trial. It is written before, because it lies in the image that is tried: an image for which it would
 * not be true is not handed over.
 */
export function recordedTest(
	{applied}: Examined,
	left: Left | undefined,
	options: Options,
	isRequired: boolean,
): RecordedSelfTest | undefined {
	const takenBack = [...(left?.rules.keys() ?? [])];
	const isTried = isRequired || rulesOnTrial(applied).length > 0;
	if (!isTried) {
		return takenBack.length === 0 ? undefined : {outcome: 'not-run', takenBack};
	}

	return {outcome: 'passed', platform: platformName(options.builder), takenBack};
}

/**
 * @param policy the bundle that requires it; undefined when the build itself has asked for it
 * @throws {FrontendError} FRONTEND_SELF_TEST when an image that had to be seen to start was not
 */
export function refuseUnproven({word, sentence, log}: Outcome, policy: string | undefined): void {
	if (word === 'passed') {
		return;
	}

	const wayOut =
		policy === undefined
			? 'This is what "--target sallyport-test" asks.'
			: `Policy ${policy} requires it; what cannot start without its surroundings can be built under a bundle that says "selfTest: trial".`;
	const lines = log.map(line => `  | ${line}`);
	const message = `The image was started in the build and did not pass: ${sentence}. ${wayOut}`;
	throw new FrontendError('FRONTEND_SELF_TEST', [message, ...lines].join('\n'));
}
