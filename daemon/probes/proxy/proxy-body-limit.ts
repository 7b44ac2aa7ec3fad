import {type Canary, onCanary, reachedIn, statusesIn} from '../canary.ts';
import type {ProbeFinding, Subject} from '../probe.ts';
import type {Heard} from '../rude.ts';

/** More than any proxy of ours reads of a header: four buffers of 8 KiB. */
const HEADER_BYTES = 40 * 1024;

/** One byte more than the contract allows is announced, and none of it is sent; and a header that is too long. */
export const proxyBodyLimit = onCanary(async (canary, {limits: {bodyBytes}}, subject, signal) => [
	await ofBody(canary, bodyBytes + 1, subject, signal),
	await ofHeader(canary, subject, signal),
]);

async function ofBody(
	canary: Canary,
	bytes: number,
	{rude}: Subject,
	signal: AbortSignal,
): Promise<ProbeFinding> {
	const text = canary.request('echo', {method: 'POST', lines: [`Content-Length: ${bytes}`]});
	const [status, observed] = seen(await rude.say(canary.endpoint, {pieces: [{text}]}, signal));
	return status === 413
		? {result: 'pass', message: `A body of ${bytes} bytes is answered with 413`, observed}
		: {
				result: 'fail',
				message: `A body of ${bytes} bytes, one more than the contract allows, is answered with ${status ?? 'nothing'} instead of 413`,
				observed,
			};
}

async function ofHeader(canary: Canary, {rude}: Subject, signal: AbortSignal): Promise<ProbeFinding> {
	const text = canary.request('echo', {lines: [`X-Long: ${'a'.repeat(HEADER_BYTES)}`]});
	const heard = await rude.say(canary.endpoint, {pieces: [{text}]}, signal);
	const [status, observed] = seen(heard);
	const isRefused = status === undefined ? heard.closed : [400, 413, 431].includes(status);
	return isRefused && reachedIn(heard.text) === 0
		? {
				result: 'pass',
				message: `A header of ${HEADER_BYTES} bytes is refused (${status ?? 'closed'})`,
				observed,
			}
		: {
				result: 'fail',
				message: `A header of ${HEADER_BYTES} bytes is answered with ${status ?? 'nothing'}; limit what is read of one`,
				observed,
			};
}

function seen({text}: Heard): readonly [status: number | undefined, observed: unknown] {
	const [status] = statusesIn(text);
	return [status, {status: status ?? 0}];
}
