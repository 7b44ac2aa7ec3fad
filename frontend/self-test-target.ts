import {parseDockerfile} from './dockerfile/parse.ts';
import type {Gateway} from './gateway/client.ts';
import type {Options} from './options.ts';
import {readSources} from './source/read.ts';

/** The target that no Dockerfile needs to have: the image that is built without a target, and it is started. */
const TARGET = 'sallyport-test';

/** Whether this build is there to see its image start, and its options without that. A stage of the author's goes by its own name. */
export async function selfTestAsked(
	gateway: Gateway,
	options: Options,
): Promise<{readonly options: Options; readonly isTest: boolean}> {
	if (options.target?.toLowerCase() !== TARGET || options.request !== undefined) {
		return {options, isTest: false};
	}

	const raw = new Map([...options.raw].filter(([key]) => key !== 'target'));
	const without = {...options, target: undefined, raw};
	// A remote context is read by building it, which a target that is not there would end.
	const {dockerfile} = await readSources(gateway, without);
	return hasStage(dockerfile) ? {options, isTest: false} : {options: without, isTest: true};
}

function hasStage(dockerfile: Uint8Array): boolean {
	try {
		return parseDockerfile(dockerfile).stages.some(({name}) => name?.toLowerCase() === TARGET);
	} catch {
		// What is wrong with it is told where the build begins.
		return false;
	}
}
