import {loadBundle} from '../../frontend/bundles.ts';
import {FrontendError} from '../../frontend/error.ts';
import {examine, openDockerfile} from '../../frontend/examine.ts';
import type {Judged} from '../../frontend/judge.ts';
import {noProject} from '../../frontend/project.ts';
import type {ImageFacts} from '../../frontend/rules/rule.ts';
import {externalReferences, referencesOf} from '../../frontend/stages/references.ts';
import type {Bundle} from '../../policies/bundle.ts';
import {type RuleId, ruleCatalogue} from '../../policies/rules/index.ts';
import type {Answer, CheckCase} from './check-cases.ts';

/** What every image from outside is taken for: the checks want to know its variables and its platform. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const FACTS = {env: {PATH}, platform: 'linux/amd64'};

/** BuildKit's names of its checks: no other tool's are written like this. */
const CHECK = /^(?:JSON|[A-Z][a-z]+)(?:[A-Z][a-z]+)+$/;

type Asked = Pick<CheckCase, 'text' | 'buildArgs' | 'ignore'>;

/** Findings of the rules that stand for BuildKit's checks, as BuildKit would call them. */
export function ownWarnings(asked: Asked, bundle: Bundle): Answer {
	if (openedOrRefused(asked) === undefined) {
		return {warnings: [], isRefused: true};
	}

	const failed = findingsIn(asked, bundle).filter(
		({result, told}) => result === 'fail' && told?.tool !== 'BuildKit',
	);
	const warnings = failed.flatMap(({rule, place}) =>
		checksOf(rule as RuleId).map(check => `${check}:${place?.line ?? 0}`),
	);
	return {warnings: [...new Set(warnings)].toSorted(), isRefused: false};
}

/** @param facts what a builder says of every image from outside, beside the least */
export function findingsIn(asked: Asked, bundle: Bundle, facts: ImageFacts = {}): readonly Judged[] {
	const opened = openedOrRefused(asked);
	const images = new Map(imagesOf(asked).map(ref => [ref, {...FACTS, ...facts}]));
	const known = {project: noProject, images, proxy: undefined, isOffline: false, contextFiles: undefined};
	const ignoreFile = {name: '.dockerignore', text: asked.ignore};
	return opened === undefined
		? []
		: examine(opened, {...known, bundle, ignoreFile}, {lines: 'kept', wants: () => false}).findings;
}

export function imagesOf(asked: Asked): readonly string[] {
	const opened = openedOrRefused(asked);
	if (opened === undefined) {
		return [];
	}

	const {dockerfile} = opened;
	const references = referencesOf(dockerfile, opened.buildArgs);
	const refs = externalReferences(references, dockerfile.stages, new Set()).flatMap(({ref}) => ref ?? []);
	return [...new Set(refs)].filter(ref => ref !== 'scratch');
}

function openedOrRefused({text, buildArgs}: Asked) {
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
