import type {Bundle} from '../policies/bundle.ts';
import type {RuleId} from '../policies/rules/index.ts';
import {sealBuildRecord} from '../proto/build-record.ts';
import type {Result} from '../proto/buildkit/gateway.ts';
import {type Contract, sealContract} from '../proto/contract.ts';
import {paths} from '../proto/labels.ts';
import {LINT, lint} from './answer.ts';
import {buildRecordOf} from './build-record.ts';
import {buildRequestOf} from './build-request.ts';
import {loadBundle} from './bundles.ts';
import {contractOf, type Rendered, renderedOf} from './contract.ts';
import {delegate, type Injection, passOn, refuseReservedNames} from './delegate.ts';
import {type Examined, openDockerfile, takesContext} from './examine.ts';
import {denial, failing, warn} from './explain.ts';
import {readCapabilities} from './gateway/capabilities.ts';
import type {Gateway} from './gateway/client.ts';
import type {Options} from './options.ts';
import {noProject, type Project} from './project.ts';
import {patched} from './result.ts';
import {rewrite} from './rewrite.ts';
import {policyGlobs} from './rules/govern/policy-names.ts';
import {secretGlobs} from './rules/secret/secret-files.ts';
import {settle} from './settle.ts';
import {shown} from './show.ts';
import {readContextFiles} from './source/context-files.ts';
import {readCandidates, readImages} from './source/images.ts';
import {readManifests} from './source/manifests.ts';
import {ignoreFileOf, PROJECT_FILE, readSources, type Sources} from './source/read.ts';
import {strengthen} from './strengthen.ts';

/** One build, top to bottom. Each line hands its value to the next, and nothing is handed back. */
export async function build(gateway: Gateway, options: Options, bundles: URL, now: Date): Promise<Result> {
	const expected = options.policy ?? options.usualPolicy;
	const loading = loadBundle(expected, bundles, now);
	// Before anything is read, so that there is nothing that could be read otherwise than BuildKit does.
	if (await isPassedOn(options, loading)) {
		return passOn(gateway, options);
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
		return passOn(gateway, options);
	}

	const opened = openDockerfile({
		file: sources.filename,
		bytes: sources.dockerfile,
		target: options.target,
		buildArgs: options.buildArgs,
		contexts: contextNames(options),
	});
	refuseReservedNames(opened, sources);
	const [known, contextFiles, manifests] = await Promise.all([
		readImages(gateway, opened.refs, options),
		takesContext(opened) ? readContextFiles(gateway, options, sources, [...secretGlobs, ...policyGlobs]) : [],
		takesContext(opened) && asksForManifests(bundle) ? readManifests(gateway, options, sources) : undefined,
	]);
	const circumstances = {
		bundle,
		project,
		images: known,
		proxy: options.proxy,
		isOffline: false,
		contextFiles,
		manifests,
		ignoreFile: ignoreFileOf(sources),
		today: now.toISOString().slice(0, 10),
		request: buildRequestOf(options),
	};
	const settled = await settle(opened, circumstances, refs => readCandidates(gateway, refs, options));
	const {examined} = settled;
	const stopping = failing(examined.findings, 'error');
	const warned = failing(examined.findings, 'warn');
	if (options.request === LINT) {
		return lint(gateway, options, sources, [...stopping, ...warned]);
	}

	const rendered = renderedOf(examined.plan);
	const {targetName: target} = examined;
	const repaired = openDockerfile({...opened, bytes: examined.bytes, target});
	const text = rewrite(repaired.dockerfile, repaired.target);
	const plain = contractOf(sources.dockerfile, bundle, examined.verdict, rendered);
	const record = sealBuildRecord(buildRecordOf({...settled, contract: plain, text}));
	const contract = {...plain, record: {digest: record.digest}};
	if (options.show !== undefined) {
		const original = {file: sources.filename, bytes: sources.dockerfile};
		throw shown(options.show, {examined, contract, text, original});
	}

	if (stopping.length > 0) {
		throw denial(sources, bundle, stopping);
	}

	const {injection, digest} = injectionOf(contract, rendered, record.bytes);
	const summary = summaryOf(bundle, examined);
	const [result] = await Promise.all([
		delegate(gateway, options, sources, {text, target, injection, summary}),
		warn(gateway, capabilities, sources, {findings: warned, notes: examined.notes}),
	]);
	const config = examined.fixes.flatMap(fix => fix.config ?? []);
	return patched(result, {contract, contractDigest: digest, config});
}

/** Whether this is a question about the Dockerfile and not about what we find in it, or a build that is known to be plain. */
async function isPassedOn(
	{request, policy, usualPolicy}: Options,
	loading: Promise<Bundle>,
): Promise<boolean> {
	if (request !== undefined && request !== LINT) {
		// What is wrong with a policy is no answer to it.
		await loading.catch(() => undefined);
		return true;
	}

	return (policy ?? usualPolicy) !== undefined && isPlain(await loading);
}

/** Whether the image is to be the one that BuildKit alone makes. */
function isPlain({terms}: Bundle): boolean {
	return !terms.build.contract;
}

async function projectOf({project}: Sources): Promise<Project> {
	if (project === undefined) {
		return noProject;
	}

	// Loaded with its YAML only where there is a project file.
	const {readProject} = await import('./read-project.ts');
	return readProject(new TextDecoder().decode(project), PROJECT_FILE);
}

/** Rules whose repair depends on what the application is made of. A build that makes none of them reads no manifest. */
const byManifests: readonly RuleId[] = ['split-build', 'manifests-first', 'slim-final-base'];

function asksForManifests({rules}: Bundle): boolean {
	return byManifests.some(id => rules[id].level !== 'off' && rules[id].fix === 'auto');
}

/** Names of `--build-context`, without the platform that one may be for. */
function contextNames({raw}: Options): ReadonlySet<string> {
	const keys = [...raw.keys()].filter(key => key.startsWith('context:'));
	return new Set(keys.map(key => key.slice('context:'.length).split('::')[0] ?? ''));
}

function injectionOf(
	contract: Contract,
	rendered: Rendered | undefined,
	record: Uint8Array,
): {readonly injection: Injection; readonly digest: string} {
	const {bytes, digest} = sealContract(contract);
	const files = (rendered?.files ?? []).map(({path, mode, content}) => ({
		path,
		mode,
		data: new TextEncoder().encode(content),
	}));
	const notes = [
		{path: paths.contract, mode: 0o644, data: bytes},
		{path: paths.buildRecord, mode: 0o644, data: record},
	];
	return {injection: {files: [...files, ...notes], proxyImage: rendered?.image}, digest};
}

/** One line for the progress display. */
function summaryOf({name}: Bundle, {verdict, plan}: Examined): string {
	const {fixed, fail, pass} = verdict.counts;
	const proxy = plan === undefined ? 'no listener, no proxy' : `nginx before port ${plan.application.port}`;
	return `policy ${name}: ${fixed} fixed, ${fail} to look at, ${pass} passed; ${proxy}`;
}
