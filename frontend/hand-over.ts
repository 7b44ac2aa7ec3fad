import type {Bundle} from '../policies/bundle.ts';
import type {Result} from '../proto/buildkit/gateway.ts';
import {LINT} from './answer.ts';
import {passOn} from './delegate.ts';
import type {Gateway} from './gateway/client.ts';
import type {Options} from './options.ts';
import {type OwnTarget, refuseSidecar} from './own-targets.ts';
import {selfTest} from './self-test.ts';
import {refuseUnproven} from './trial.ts';

/** The image as BuildKit alone makes it, or its answer to a question; started where that is what was asked for. */
export async function handOver(
	gateway: Gateway,
	options: Options,
	own: OwnTarget | undefined,
	now: Date,
): Promise<Result> {
	refuseSidecar(own, options.policy ?? options.usualPolicy);
	const result = await passOn(gateway, options);
	if (own === 'test') {
		const how = {plan: undefined, isRequired: true, since: now.getTime()};
		refuseUnproven(await selfTest(gateway, options, result, how), undefined);
	}

	return result;
}

/** Whether this is a question about the Dockerfile and not about what we find in it, or a build that is known to be plain. */
export async function isPassedOn(
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
export function isPlain({terms}: Bundle): boolean {
	return !terms.build.contract;
}
