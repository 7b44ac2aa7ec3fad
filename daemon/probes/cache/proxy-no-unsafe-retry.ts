import {randomUUID} from 'node:crypto';
import {accessLines} from '../access-line.ts';
import {type Canary, headerIn, onCanary, readEcho, statusesIn} from '../canary.ts';
import {type Subject, unseen} from '../probe.ts';

/** A line of the access log comes a second later. */
const PATIENCE_MS = 4000;

/** Who is behind the canary takes a POST and hangs up. There is another one, who must not be given it as well. */
export const proxyNoUnsafeRetry = onCanary(async (canary, _proxy, subject, signal) => {
	const since = new Date(Date.now() - 1000);
	const text = canary.request('once', {
		method: 'POST',
		// For a proxy that makes no ids of its own.
		lines: ['Content-Length: 4', 'Connection: close', `X-Request-ID: ${randomUUID()}`],
		body: 'once',
	});
	const heard = await subject.rude.say(canary.endpoint, {pieces: [{text}]}, signal);
	const status = statusesIn(heard.text)[0] ?? 0;
	const [id = ''] = headerIn(heard.text, 'x-request-id');
	const copies = id === '' ? 0 : await copiesOf(id, canary, subject, since, signal);
	const observed = {status, copies};
	if (status > 0 && status < 500) {
		return [
			{
				result: 'fail',
				message: `A POST that nobody answered is answered with ${status}: it was sent again`,
				observed,
			},
		];
	}

	if (copies > 1) {
		return [
			{
				result: 'fail',
				message: `A POST whose reader hung up was sent ${copies} times; leave non_idempotent out of what is tried again`,
				observed,
			},
		];
	}

	return [
		copies === 1
			? {result: 'pass', message: 'A POST whose reader hung up was sent once', observed}
			: unseen('No line of the access log says how often the POST was sent', observed),
	];
});

/** As who was asked counts them, or as the access log names one status for each. */
async function copiesOf(
	id: string,
	{endpoint, path}: Canary,
	subject: Subject,
	since: Date,
	signal: AbortSignal,
): Promise<number> {
	const {body} = await subject.ask(endpoint, {path: `${path('echo')}?${id}`}, signal);
	const counted = Number(readEcho(body)?.copies ?? Number.NaN);
	if (!Number.isNaN(counted)) {
		return counted;
	}

	const [line] = await accessLines(id, subject, since, signal, PATIENCE_MS);
	const statuses = String(line?.['upstream_status'] ?? '');
	return statuses === '' ? 0 : statuses.split(/[,:]/).length;
}
