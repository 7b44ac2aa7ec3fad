import type {Bundle} from '../policies/bundle.ts';
import {parseDockerfile} from './dockerfile/parse.ts';
import {FrontendError} from './error.ts';
import type {Gateway} from './gateway/client.ts';
import type {Options} from './options.ts';
import {readSources} from './source/read.ts';

/**
 * Targets that no Dockerfile needs to have: `sallyport-test` builds the image that is built without a target, and starts it;
 * `sallyport-proxy` builds the proxy before it as an image of its own.
 */
const targets = {'sallyport-test': 'test', 'sallyport-proxy': 'sidecar'} as const;
export type OwnTarget = (typeof targets)[keyof typeof targets];

/** Which of our own targets is asked for, and the build's options without it. A stage of the author's goes by its own name. */
export async function ownTargetOf(
	gateway: Gateway,
	options: Options,
): Promise<{readonly options: Options; readonly own: OwnTarget | undefined}> {
	const name = options.target?.toLowerCase() ?? '';
	const own = Object.entries(targets).find(([target]) => target === name)?.[1];
	if (own === undefined || options.request !== undefined) {
		return {options, own: undefined};
	}

	const raw = new Map([...options.raw].filter(([key]) => key !== 'target'));
	const without = {...options, target: undefined, raw};
	// A remote context is read by building it, which a target that is not there would end.
	const {dockerfile} = await readSources(gateway, without);
	return hasStage(dockerfile, name) ? {options, own: undefined} : {options: without, own};
}

function hasStage(dockerfile: Uint8Array, target: string): boolean {
	try {
		return parseDockerfile(dockerfile).stages.some(({name}) => name?.toLowerCase() === target);
	} catch {
		// What is wrong with it is told where the build begins.
		return false;
	}
}

/** Whether the image has to be seen to start. A proxy of its own is not started: what it stands before is in another image. */
export function hasToStart(own: OwnTarget | undefined, {terms}: Bundle): boolean {
	return own === 'test' || (own === undefined && terms.build.selfTest === 'required');
}

/** @throws {FrontendError} FRONTEND_NO_SIDECAR for a policy under which no image gets a proxy */
export function refuseSidecar(own: OwnTarget | undefined, policy: string | undefined): void {
	if (own === 'sidecar') {
		throw new FrontendError(
			'FRONTEND_NO_SIDECAR',
			`--target sallyport-proxy builds the proxy alone, and under the policy ${policy ?? 'of this build'} there is none. Choose another one with --build-arg SALLYPORT_POLICY.`,
		);
	}
}
