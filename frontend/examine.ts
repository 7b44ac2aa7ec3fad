import type {Bundle} from '../policies/bundle.ts';
import type {RuleId} from '../policies/rules/index.ts';
import type {Setting} from '../policies/setting.ts';
import {type Derivation, derivePlan} from './derive-plan.ts';
import type {Dockerfile, Stage} from './dockerfile/ast.ts';
import type {LineMode} from './dockerfile/edit.ts';
import {ParseError} from './dockerfile/error.ts';
import {parseDockerfile} from './dockerfile/parse.ts';
import {neededStages, stageOf} from './dockerfile/stages.ts';
import {FrontendError} from './error.ts';
import type {Inspection} from './inspection.ts';
import {foundInImage} from './inspection-findings.ts';
import {ask, askAgain, type Found, isIgnored, type Judgement, judge} from './judge.ts';
import {type Left, whyLeft} from './left.ts';
import type {Project} from './project.ts';
import type {Engine} from './proxies/engine.ts';
import type {Plan} from './proxies/plan.ts';
import {type Repaired, repair} from './repair.ts';
import {reviewNotes} from './review-notes.ts';
import {textsOf} from './rules/params.ts';
import type {BuildRequest, Fix, IgnoreFile, ImageFacts, Known, PolicyFacts, Subject} from './rules/rule.ts';
import {subjectOf, withMore} from './rules/subject.ts';
import {externalReferences, referencesOf} from './stages/references.ts';

/** A Dockerfile that was read, and the part of it that is asked for. */
export interface Opened {
	readonly file: string;
	readonly dockerfile: Dockerfile;
	readonly target: Stage;
	readonly needed: readonly Stage[];
	readonly buildArgs: ReadonlyMap<string, string>;
	readonly contexts: ReadonlySet<string>;
	/** As it was asked for; the last stage when it was not. */
	readonly targetName: string | undefined;
	/** Images from outside that a builder can tell about. */
	readonly refs: readonly string[];
}

export interface Wanted {
	readonly file: string;
	readonly bytes: Uint8Array;
	readonly target: string | undefined;
	readonly buildArgs: ReadonlyMap<string, string>;
	/** Names given with `--build-context`. */
	readonly contexts: ReadonlySet<string>;
}

/** Who judges, and what else is known. */
export interface Circumstances {
	readonly bundle: Bundle;
	readonly project: Project;
	readonly images: ReadonlyMap<string, ImageFacts>;
	/** Images that the builder was asked about and knows nothing of. */
	readonly unresolved?: readonly string[];
	/** What the finished image answers, when it has been looked into. */
	readonly inspection?: Inspection | undefined;
	readonly proxy: Engine | 'none' | undefined;
	readonly isOffline: boolean;
	/** Paths of the build context that look like credentials, when they could be listed. */
	readonly contextFiles: readonly string[] | undefined;
	/** What was found in them: see `Known.held`. */
	readonly held?: Known['held'];
	readonly manifests?: ReadonlyMap<string, string> | undefined;
	/** Absent when the context is not the client's, or nobody looked. */
	readonly ignoreFile?: IgnoreFile | undefined;
	/** The day, as `2026-01-31`: what ages is judged by it. */
	readonly today?: string | undefined;
	/** What was asked of the build; absent offline. */
	readonly request?: BuildRequest | undefined;
	/** Repairs on trial that are not made this time. */
	readonly left?: Left | undefined;
	/** What was planned already, where the text itself says nothing of it. */
	readonly derived?: Derivation;
}

export interface Examined extends Judgement {
	/** The author's text with the repairs that were made. */
	readonly bytes: Uint8Array;
	/** The repairs that were made. */
	readonly fixes: readonly Fix[];
	/** Those that could not be made in their place are only in the list of findings. */
	readonly applied: readonly Found[];
	readonly plan: Plan | undefined;
	/** What the plan is for. */
	readonly engine: Engine;
	/** Choices that were made for the author, as sentences. */
	readonly notes: readonly string[];
	/** What is built: the stage that was asked for, or the one that a repair has put in its place. */
	readonly targetName: string | undefined;
}

/**
 * Parses a Dockerfile and finds the stage to build.
 * @throws {FrontendError} with the author's own line
 */
export function openDockerfile({file, bytes, target: name, buildArgs, contexts}: Wanted): Opened {
	const {dockerfile, target} = parse(file, bytes, name);
	const needed = neededStages(dockerfile, target, buildArgs);
	const references = referencesOf(dockerfile, buildArgs);
	const refs = externalReferences(references, needed, contexts).flatMap(({ref}) =>
		ref === undefined ? [] : [ref],
	);
	return {file, dockerfile, target, needed, buildArgs, contexts, targetName: name, refs: [...new Set(refs)]};
}

/** Whether anything of the build context gets into a stage that is needed. */
export function takesContext({needed}: Opened): boolean {
	const copies = needed
		.flatMap(({instructions}) => instructions)
		.filter(({keyword}) => keyword === 'COPY' || keyword === 'ADD');
	return copies.some(({flags}) => !flags.some(({name}) => name === 'from'));
}

/** Which repairs are made, and how. A build makes those that the bundle wants made, and moves no line. */
export interface Wish {
	readonly lines: LineMode;
	readonly wants: (found: Found) => boolean;
	/** Whether a rule could find anything that is wanted: after a repair only such rules are asked again. */
	readonly mayWant?: (rule: RuleId, setting: Setting) => boolean;
}

function asBundleSays({left}: Circumstances): Wish {
	return {
		lines: 'kept',
		wants: found => found.setting.fix === 'auto' && whyLeft(left, found) === undefined,
		mayWant: (_, setting) => setting.fix === 'auto',
	};
}

/** Plans the proxy, judges the Dockerfile and repairs it. Pure: with and without a builder it is the same function. */
export function examine(
	opened: Opened,
	circumstances: Circumstances,
	{lines, wants, mayWant}: Wish = asBundleSays(circumstances),
): Examined {
	const {bundle} = circumstances;
	const {found, plan, engine, notes, subject} = foundIn(opened, circumstances);
	const {bytes, applied, unsound, stage}: Repaired = repair(
		{...opened, found},
		{
			lines,
			// What its author leaves for a reason is not to be repaired behind their back.
			wants: each => wants(each) && !isIgnored(each),
			again: (text, moved) => {
				const next = openDockerfile({...opened, bytes: text, target: moved ?? opened.targetName});
				return {...next, found: foundIn(next, circumstances, mayWant).found};
			},
		},
	);
	const fixes = applied.flatMap(({finding: {fix}}) => fix ?? []);
	const told = [
		...found.map(each => withReason(each, whyLeft(circumstances.left, each))),
		...foundUnsound(unsound, subject, bundle),
	];
	const {inspection, today = ''} = circumstances;
	const repaired = firstRound(found, applied);
	const answered = inspection === undefined ? told : foundInImage(inspection, bundle, told, repaired, today);
	const judgement = judge(answered, repaired, bundle, subject);
	const said = [...notes, ...reviewNotes(bundle, circumstances.today), ...asked(fixes)];
	const targetName = stage ?? opened.targetName;
	return {...judgement, plan, engine, notes: said, bytes, fixes, applied, targetName};
}

/** What nobody repaired says why, where a build would have. */
function withReason(found: Found, reason: string | undefined): Found {
	const {finding} = found;
	return reason === undefined || finding.result !== 'fail'
		? found
		: {...found, finding: {...finding, message: `${finding.message} ${reason}`}};
}

/** How the build has to be called because of what was repaired. */
function asked(fixes: readonly Fix[]): readonly string[] {
	const options = new Set(fixes.flatMap(({asks}) => asks ?? []));
	return [...options].map(
		option => `A step now reads a secret that is mounted; without it the step has none: ${option}`,
	);
}

/** Repairs that break a file are defects of ours, and are told as any other finding. */
function foundUnsound(unsound: readonly Found[], subject: Subject, bundle: Bundle): readonly Found[] {
	const broken = unsound.map(({rule, finding: {place}}) => ({rule, line: place?.line}));
	return broken.length === 0 ? [] : askAgain('sound-rewrite', withMore(subject, {unsound: broken}), bundle);
}

/** A repair of a later round is one of the first's that had to wait: told apart by rule, line and words. */
function firstRound(found: readonly Found[], applied: readonly Found[]): ReadonlySet<Fix> {
	const keyOf = ({rule, finding: {place, message}}: Found): string =>
		`${rule} ${place?.line ?? 0} ${message}`;
	const keys = new Set(applied.map(keyOf));
	return new Set(found.flatMap(each => (keys.has(keyOf(each)) ? (each.finding.fix ?? []) : [])));
}

function foundIn(
	opened: Opened,
	circumstances: Circumstances,
	mayWant?: Wish['mayWant'],
): {
	readonly found: readonly Found[];
	readonly plan: Plan | undefined;
	readonly engine: Engine;
	readonly notes: readonly string[];
	readonly subject: Subject;
} {
	const {bundle, project, images, proxy, isOffline, contextFiles, manifests, ignoreFile, today, request} =
		circumstances;
	const {plan, engine, notes, problems} =
		circumstances.derived ?? derivePlan({...opened, images, project, proxy, bundle});
	const subject = subjectOf({
		...opened,
		images,
		unresolved: circumstances.unresolved,
		plan,
		engine,
		planProblems: problems,
		requestedWaivers: project.waivers,
		writable: project.facts.writable,
		isOffline,
		today,
		request,
		policy: policyFacts(bundle),
		...(contextFiles === undefined ? {} : {contextFiles}),
		held: circumstances.held,
		manifests,
		ignoreFile,
	});
	return {found: ask(subject, bundle, mayWant), plan, engine, notes, subject};
}

function policyFacts({name, terms, standing, weakened, rules}: Bundle): PolicyFacts {
	const approved = rules['approved-base'];
	// Where there are neither keys nor approvals, nobody has set out to approve anything.
	return {
		name,
		isApprovalRequired: terms.approval.isRequired,
		profile: terms.build.profile,
		approvedBases: approved.level === 'off' ? undefined : textsOf(approved.params, 'allow'),
		weakened: Object.entries(weakened).map(([id, {reason}]) => ({id, reason})),
		...(standing ?? {}),
	};
}

function parse(
	file: string,
	bytes: Uint8Array,
	name: string | undefined,
): {readonly dockerfile: Dockerfile; readonly target: Stage} {
	try {
		const dockerfile = parseDockerfile(bytes);
		return {dockerfile, target: stageOf(dockerfile, name)};
	} catch (error) {
		if (!(error instanceof ParseError)) {
			throw error;
		}

		const {line, column} = error;
		const place = [file, line, line === undefined ? undefined : column]
			.filter(part => part !== undefined)
			.join(':');
		const excerpts = line === undefined ? [] : [{file, data: bytes, ranges: [{line, endLine: line}]}];
		throw new FrontendError('FRONTEND_BAD_DOCKERFILE', `${place}: ${error.message}`, excerpts, {
			cause: error,
		});
	}
}
