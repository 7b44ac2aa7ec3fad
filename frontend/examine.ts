import type {Bundle} from '../policies/bundle.ts';
import {derivePlan} from './derive-plan.ts';
import type {Dockerfile, Stage} from './dockerfile/ast.ts';
import {ParseError} from './dockerfile/error.ts';
import {parseDockerfile} from './dockerfile/parse.ts';
import {neededStages, stageOf} from './dockerfile/stages.ts';
import {FrontendError} from './error.ts';
import {type Judgement, judge} from './judge.ts';
import type {Project} from './project.ts';
import type {Plan} from './proxies/plan.ts';
import type {ImageFacts} from './rules/rule.ts';
import {externalReferences, referencesOf} from './stages/references.ts';

/** A Dockerfile that was read, and the part of it that is asked for. */
export interface Opened {
	readonly file: string;
	readonly dockerfile: Dockerfile;
	readonly target: Stage;
	readonly needed: readonly Stage[];
	readonly buildArgs: ReadonlyMap<string, string>;
	readonly contexts: ReadonlySet<string>;
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
	readonly proxy: 'nginx' | 'none' | undefined;
	readonly isOffline: boolean;
	/** Paths of the build context that look like credentials, when they could be listed. */
	readonly contextFiles: readonly string[] | undefined;
}

export interface Examined extends Judgement {
	readonly plan: Plan | undefined;
	/** Choices that were made for the author, as sentences. */
	readonly notes: readonly string[];
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
	return {file, dockerfile, target, needed, buildArgs, contexts, refs: [...new Set(refs)]};
}

/** Whether anything of the build context gets into a stage that is needed. */
export function takesContext({needed}: Opened): boolean {
	const copies = needed
		.flatMap(({instructions}) => instructions)
		.filter(({keyword}) => keyword === 'COPY' || keyword === 'ADD');
	return copies.some(({flags}) => !flags.some(({name}) => name === 'from'));
}

/** Plans the proxy and judges the Dockerfile. Pure: with and without a builder it is the same function. */
export function examine(opened: Opened, circumstances: Circumstances): Examined {
	const {bundle, project, images, proxy, isOffline, contextFiles} = circumstances;
	const {plan, notes, problems} = derivePlan({...opened, images, project, proxy});
	const judgement = judge(
		{
			...opened,
			images,
			plan,
			planProblems: problems,
			requestedWaivers: project.waivers,
			isOffline,
			...(contextFiles === undefined ? {} : {contextFiles}),
		},
		bundle,
	);
	return {...judgement, plan, notes};
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
