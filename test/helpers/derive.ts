import {type Derivation, derivePlan} from '../../frontend/derive-plan.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {stageOf} from '../../frontend/dockerfile/stages.ts';
import {readProject} from '../../frontend/read-project.ts';
import type {ImageFacts} from '../../frontend/rules/rule.ts';
import type {Bundle} from '../../policies/bundle.ts';

export interface Given {
	readonly project?: string;
	readonly target?: string;
	readonly buildArgs?: Readonly<Record<string, string>>;
	readonly images?: Readonly<Record<string, ImageFacts>>;
	readonly proxy?: 'nginx' | 'none' | undefined;
	readonly bundle?: Bundle | undefined;
}

/** What a Dockerfile and a project file make of a plan. */
export function derive(text: string, given: Given = {}): Derivation {
	const dockerfile = parseDockerfile(new TextEncoder().encode(text));
	return derivePlan({
		dockerfile,
		target: stageOf(dockerfile, given.target),
		buildArgs: new Map(Object.entries(given.buildArgs ?? {})),
		images: new Map(Object.entries(given.images ?? {})),
		project: readProject(given.project ?? '', '.sallyport.yaml'),
		proxy: given.proxy,
		...(given.bundle === undefined ? {} : {bundle: given.bundle}),
	});
}
