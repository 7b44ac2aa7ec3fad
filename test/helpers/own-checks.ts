import {loadBundle} from '../../frontend/bundles.ts';
import {FrontendError} from '../../frontend/error.ts';
import {examine, openDockerfile} from '../../frontend/examine.ts';
import {noProject} from '../../frontend/project.ts';
import {externalReferences, referencesOf} from '../../frontend/stages/references.ts';
import type {Bundle} from '../../policies/bundle.ts';
import {type RuleId, ruleCatalogue} from '../../policies/rules/index.ts';
import type {Answer, CheckCase} from './check-cases.ts';

/** What every image from outside is taken for: the checks want to know its variables and its platform. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const FACTS = {env: {PATH}, platform: 'linux/amd64'};

/** BuildKit's names of its checks: no other tool's are written like this. */
const CHECK = /^(?:JSON|[A-Z][a-z]+)(?:[A-Z][a-z]+)+$/;

/** Findings of the rules that stand for BuildKit's checks, as BuildKit would call them; also those that failed elsewhere. */
export function ownWarnings({text, buildArgs, ignore}: CheckCase, everyRule: Bundle): Answer {
	const opened = openedOrRefused(text, buildArgs);
	if (opened === undefined) {
		return {warnings: [], isRefused: true};
	}

	const {findings} = examine(
		opened,
		{
			bundle: everyRule,
			project: noProject,
			images: new Map(imagesOf(text, buildArgs).map(ref => [ref, FACTS])),
			proxy: undefined,
			isOffline: false,
			contextFiles: undefined,
			ignoreFile: {name: '.dockerignore', text: ignore},
		},
		{lines: 'kept', wants: () => false},
	);
	const failed = findings.filter(({result, told}) => result === 'fail' && told?.tool !== 'BuildKit');
	const warnings = failed.flatMap(({rule, place}) =>
		checksOf(rule as RuleId).map(check => `${check}:${place?.line ?? 0}`),
	);
	return {warnings: [...new Set(warnings)].toSorted(), isRefused: false};
}

export function imagesOf(text: string, buildArgs: CheckCase['buildArgs']): readonly string[] {
	const opened = openedOrRefused(text, buildArgs);
	if (opened === undefined) {
		return [];
	}

	const {dockerfile} = opened;
	const references = referencesOf(dockerfile, new Map(Object.entries(buildArgs)));
	const refs = externalReferences(references, dockerfile.stages, new Set()).flatMap(({ref}) => ref ?? []);
	return [...new Set(refs)].filter(ref => ref !== 'scratch');
}

function openedOrRefused(text: string, buildArgs: CheckCase['buildArgs']) {
	try {
		return openDockerfile({
			file: 'Dockerfile',
			bytes: Buffer.from(text),
			target: undefined,
			buildArgs: new Map(Object.entries(buildArgs)),
			contexts: new Set(),
		});
	} catch (error) {
		if (error instanceof FrontendError) {
			return undefined;
		}
		throw error;
	}
}

function checksOf(rule: RuleId): readonly string[] {
	const {aliases = []}: {readonly aliases?: readonly string[]} = ruleCatalogue[rule];
	return aliases.filter(alias => CHECK.test(alias));
}

/** A bundle that asks everything. */
export async function everyRule(): Promise<Bundle> {
	const bundles = new URL('../../policies/bundles/', import.meta.url);
	const bundle = await loadBundle('baseline', bundles, new Date());
	const all = Object.entries(bundle.rules).map(([id, setting]) => [
		id,
		{...setting, level: 'info', tiers: {}},
	]);
	return {...bundle, rules: Object.fromEntries(all)};
}
