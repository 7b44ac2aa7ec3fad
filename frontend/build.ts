import type {Bundle} from '../policies/bundle.ts';
import type {Result} from '../proto/buildkit/gateway.ts';
import {LINT, lint} from './answer.ts';
import {type AttestMode, attested, attestModeOf, attestNotes, prepareAttestations} from './attest.ts';
import {buildRequestOf} from './build-request.ts';
import {loadBundle} from './bundles.ts';
import {passageOf} from './bypass.ts';
import {missingLibraries} from './closure.ts';
import {type Decision, decisionOf, injectionOf} from './decision.ts';
import {delegate, refuseReservedNames} from './delegate.ts';
import {type Circumstances, examine, openDockerfile, takesContext} from './examine.ts';
import {denial, failing, warn} from './explain.ts';
import {type Capabilities, readCapabilities} from './gateway/capabilities.ts';
import type {Gateway} from './gateway/client.ts';
import {handOver, isPassedOn, isPlain} from './hand-over.ts';
import {inspect} from './inspect.ts';
import type {Inspection} from './inspection.ts';
import type {Left} from './left.ts';
import {asksForManifests} from './manifests-asked.ts';
import {contextNames, type Options, platformsOf} from './options.ts';
import {hasToStart, type OwnTarget, ownTargetOf} from './own-targets.ts';
import {noProject, type Project} from './project.ts';
import {engineOf} from './proxies/engine.ts';
import {proxies} from './proxies/index.ts';
import {notesOnProxy, refuseMissingProxy} from './proxy-notes.ts';
import {proxySourcesOf} from './proxy-trees.ts';
import {patched} from './result.ts';
import {policyGlobs} from './rules/govern/policy-names.ts';
import {settingGlobs} from './rules/secret/file-contents.ts';
import {secretGlobs} from './rules/secret/secret-files.ts';
import {type Outcome, selfTest} from './self-test.ts';
import {settle} from './settle.ts';
import {shown} from './show.ts';
import {type Subject, sidecarOf} from './sidecar.ts';
import {noFiles, readContextFiles} from './source/context-files.ts';
import {readCandidates, readImages} from './source/images.ts';
import {readManifests} from './source/manifests.ts';
import {ignoreFileOf, PROJECT_FILE, readSources, type Sources} from './source/read.ts';
import {strengthen} from './strengthen.ts';
import {summaryOf} from './summary.ts';
import {
	leftFromTheStart,
	notesOnLeft,
	prove,
	recordedTest,
	refuseUnproven,
	rulesOnTrial,
	withTrialNote,
} from './trial.ts';
import {isForWindows, WINDOWS_NOTE} from './windows.ts';

/** One build, top to bottom. Each line hands its value to the next, and nothing is handed back. */
export async function build(gateway: Gateway, given: Options, bundles: URL, now: Date): Promise<Result> {
	const {options, own} = await ownTargetOf(gateway, given);
	const expected = options.policy ?? options.usualPolicy;
	const loading = loadBundle(expected, bundles, now);
	// Before anything is read, so that there is nothing that could be read otherwise than BuildKit does.
	if (await isPassedOn(options, loading)) {
		return handOver(gateway, options, own, now);
	}

	// All asked at once, so that the policy is parsed while BuildKit reads files. Settled before any is judged: of several
	// failures the one that explains the others is told, and that is an engine below the floor.
	const asked = readCapabilities(gateway);
	const reading = readSources(gateway, options);
	await Promise.allSettled([asked, reading, loading]);
	const capabilities = await asked;
	const sources = await reading;
	const project = await projectOf(sources);
	const chosen = options.policy ?? project.policy ?? options.usualPolicy;
	const approved = await (chosen === expected ? loading : loadBundle(chosen, bundles, now));
	const bundle = strengthen(approved, project, options.switchedOff);
	if (isPlain(bundle)) {
		return handOver(gateway, options, own, now);
	}

	const opened = openDockerfile({
		file: sources.filename,
		bytes: sources.dockerfile,
		target: options.target,
		buildArgs: options.buildArgs,
		contexts: contextNames(options),
	});
	refuseReservedNames(opened, sources);
	const engine = engineOf(options.proxy, project.proxy);
	const proxyImage = options.proxyImage(engine, proxies[engine].image);
	const proxySources = proxySourcesOf(gateway, {engine, ref: proxyImage}, options, opened);
	const [known, files, manifests] = await Promise.all([
		readImages(gateway, opened.refs, options),
		takesContext(opened) ? readContextFiles(gateway, options, sources, listedGlobs) : noFiles,
		takesContext(opened) && asksForManifests(bundle) ? readManifests(gateway, options, sources) : undefined,
	]);
	const circumstances: Circumstances = {
		bundle,
		project,
		images: known,
		proxy: options.proxy,
		isOffline: false,
		contextFiles: files?.paths,
		held: files?.held,
		manifests,
		ignoreFile: ignoreFileOf(sources),
		today: now.toISOString().slice(0, 10),
		request: buildRequestOf(options),
	};
	const read = {opened, circumstances, sources};
	const subject = own === 'sidecar' ? sidecarOf(read, options) : read;
	const life: Life = {
		gateway,
		options,
		sources: subject.sources,
		bundle,
		capabilities,
		now,
		attest: attestModeOf(options, capabilities),
		proxyImage,
		proxySources,
		own,
		isRequired: hasToStart(own, bundle),
	};
	const decide = deciding(life, subject);
	const first = await decide(leftFromTheStart(bundle.terms.build, options));
	if (options.request === LINT) {
		const {findings} = first.examined;
		return lint(gateway, options, subject.sources, [
			...failing(findings, 'error'),
			...failing(findings, 'warn'),
		]);
	}

	if (options.show !== undefined) {
		const original = {file: subject.opened.file, bytes: subject.sources.dockerfile};
		throw shown(options.show, {...first, examined: withTrialNote(first.examined), original});
	}

	return isForWindows(options, subject.opened, subject.circumstances.images)
		? judgeOnly(life, subject)
		: construct(life, first, decide);
}

/** Files of the build context of which rules want to know. */
const listedGlobs = [...secretGlobs, ...settingGlobs, ...policyGlobs];

/** What holds for the whole of one build. */
interface Life {
	readonly gateway: Gateway;
	readonly options: Options;
	readonly sources: Sources;
	readonly bundle: Bundle;
	readonly capabilities: Capabilities;
	readonly now: Date;
	readonly attest: AttestMode;
	/** The image that a proxy comes from, and what the builder says of it. */
	readonly proxyImage: string;
	readonly proxySources: ReturnType<typeof proxySourcesOf>;
	/** What this build is there for, where that is not the image of the text. */
	readonly own: OwnTarget | undefined;
	/** The image has to be seen to start, whatever was done to it. */
	readonly isRequired: boolean;
}

/** @param inspection of the finished image, by then */
type Decide = (left: Left | undefined, inspection?: Inspection) => Promise<Decision>;

function deciding(life: Life, {opened, circumstances}: Subject): Decide {
	const {gateway, options, sources, bundle, proxyImage, isRequired} = life;
	const {engine} = life.capabilities;
	const asked = {request: circumstances.request, manifests: circumstances.manifests, proxyImage};
	return async (left, inspection) => {
		const ask = (refs: readonly string[]) => readCandidates(gateway, refs, options);
		const settled = await settle(opened, {...circumstances, left, inspection}, ask);
		const tried = recordedTest(settled.examined, left, options, isRequired);
		const passage = passageOf(options, bundle, failing(settled.examined.findings, 'error'));
		const needsProxy =
			settled.examined.plan !== undefined && !isForWindows(options, opened, circumstances.images);
		const proxySources = needsProxy ? await life.proxySources() : [];
		const platforms = platformsOf(options);
		const known = {opened, sources, bundle, platforms, left, engine, proxySources, passage, inspection};
		return decisionOf(settled, {...known, ...asked, selfTest: tried});
	};
}

/** Judges the author's text, and builds it without us. */
async function judgeOnly(life: Life, {opened, circumstances}: Subject): Promise<Result> {
	const {gateway, options, sources, bundle, capabilities, own, now} = life;
	const wish = {lines: 'kept', wants: () => false} as const;
	const {findings} = examine(opened, {...circumstances, proxy: 'none'}, wish);
	const passage = passageOf(options, bundle, failing(findings, 'error'));
	refuseHeld(life, {passage});
	await warn(gateway, capabilities, sources, {
		alarms: passage.notes,
		findings: [...passage.passed, ...failing(findings, 'warn')],
		notes: [WINDOWS_NOTE],
	});
	return handOver(gateway, options, own, now);
}

/** What was built of a decision, and the look into it that has begun. */
interface Built {
	readonly result: Result;
	readonly inspecting: Promise<Inspection | undefined> | undefined;
}

/** Builds what was decided; with less of it, where the result does not start. */
async function construct(life: Life, first: Decision, decide: Decide): Promise<Result> {
	refuseHeld(life, first);
	const {gateway, options, sources, bundle, capabilities, now, attest, own, isRequired} = life;
	const start = async (
		{examined: {plan, engine, fixes}}: Decision,
		{result, inspecting}: Built,
	): Promise<Outcome> => {
		// All look at the same image and none changes it, so they do it at the same time. Settled before one is believed, or what
		// fails would be built again beside those that are still at it.
		const looking = missingLibraries(gateway, options, result, fixes);
		const testing = selfTest(gateway, options, result, {plan, engine, isRequired, since: now.getTime()});
		await Promise.allSettled([looking, testing, inspecting]);
		return (await looking) ?? testing;
	};
	const tell = ({examined: {findings, notes}, passage, left, proxySources}: Decision): Promise<void> => {
		const told = [...passage.passed, ...failing(findings, 'warn')];
		return warn(gateway, capabilities, sources, {
			alarms: passage.notes,
			findings: told,
			notes: [
				...notes,
				...notesOnLeft(left, findings, told),
				...notesOnProxy(proxySources, options),
				...attestNotes(attest, capabilities),
			],
		});
	};
	const isLookedInto = bundle.terms.build.inspect;
	const isTried = isLookedInto || isRequired || rulesOnTrial(first.examined.applied).length > 0;
	const [{decision, built, outcome}] = await Promise.all([
		prove(first, {
			isRequired,
			original: sources.dockerfile,
			decide,
			make: async decision => {
				const result = await make(life, decision);
				const inspecting = isLookedInto ? inspect(gateway, options, result) : undefined;
				// Heard by whoever awaits it, and by nobody where something else has failed before.
				inspecting?.catch(() => undefined);
				return {result, inspecting};
			},
			start,
		}),
		isTried ? undefined : tell(first),
	]);
	// What was taken back is judged as the author wrote it, and may stop the build by that.
	refuseHeld(life, decision);
	if (isRequired && outcome !== undefined) {
		refuseUnproven(outcome, own === 'test' ? undefined : bundle.name);
	}

	const inspection = await built.inspecting;
	const judged = inspection === undefined ? decision : await decide(decision.left, inspection);
	if (isTried) {
		await tell(judged);
	}

	refuseHeld(life, judged);
	// The image carries what was found in it: the layer that says so is the last one, and the only one that is made anew.
	return inspection === undefined ? built.result : make(life, judged);
}

/** @throws {FrontendError} FRONTEND_DENIED where findings stop the build and nothing passes over them */
function refuseHeld({sources, bundle}: Life, {passage: {held, refusal}}: Pick<Decision, 'passage'>): void {
	if (held.length > 0) {
		throw denial(sources, bundle, held, refusal);
	}
}

async function make({gateway, options, sources, bundle, attest}: Life, decision: Decision): Promise<Result> {
	const {examined, text, contract, record, passage, labels} = decision;
	refuseMissingProxy(decision.proxySources, options);
	const {injection, digest} = injectionOf(decision);
	const {targetName: target, fixes, verdict} = examined;
	const summary = summaryOf(bundle, decision);
	const documents = {record, recordDigest: contract.record.digest, contractDigest: digest};
	const {proxyImage, files} = injection;
	const [result, attached] = await Promise.all([
		delegate(gateway, options, sources, {text, target, injection, summary}),
		prepareAttestations(gateway, options, {mode: attest, documents, bundle, verdict, proxyImage, files}),
	]);
	const config = fixes.flatMap(fix => fix.config ?? []);
	const {ticket} = passage;
	return attested(patched(result, {contract, contractDigest: digest, config, ticket, labels}), attached);
}

async function projectOf({project}: Sources): Promise<Project> {
	if (project === undefined) {
		return noProject;
	}

	// Loaded with its YAML only where there is a project file.
	const {readProject} = await import('./read-project.ts');
	return readProject(new TextDecoder().decode(project), PROJECT_FILE);
}
