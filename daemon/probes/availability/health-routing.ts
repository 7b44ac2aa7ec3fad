import type {Contract, ProxyContract} from '../../../proto/contract.ts';
import type {Canary} from '../canary.ts';
import {headerIn, onCanary, readEcho, statusesIn} from '../canary.ts';
import {type Endpoint, type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** How long the proxy's own health page may take, and a refusal where nobody is behind it. */
const MOST_MS = 1000;

/** The canary has one behind it who is away: another one must answer; and where nobody is left, that must be said at once. */
export const healthRouting = onCanary(async (canary, proxy, subject, signal) => {
	const [other, nobody] = [await failedOver(canary, subject, signal), await refused(canary, subject, signal)];
	return [other, nobody, await ofHealth(canary.endpoint, proxy, subject, signal)];
});

async function failedOver(
	{endpoint, path}: Canary,
	{ask}: Subject,
	signal: AbortSignal,
): Promise<ProbeFinding> {
	const answer = await ask(endpoint, {path: path('other')}, signal);
	const observed = {status: answer.status};
	return answer.status === 200 && readEcho(answer.body) !== undefined
		? {
				result: 'pass',
				message: 'Where one of two is away the other one answers, and no client notices',
				observed,
			}
		: {result: 'fail', message: `Where one of two is away the client gets ${answer.status}`, observed};
}

async function refused(canary: Canary, {rude}: Subject, signal: AbortSignal): Promise<ProbeFinding> {
	const text = canary.request('nobody', {lines: ['Connection: close']});
	const heard = await rude.say(canary.endpoint, {pieces: [{text}], mostMs: 4000}, signal);
	const [status = 0] = statusesIn(heard.text);
	const hasWhen = headerIn(heard.text, 'retry-after').length > 0;
	const observed = {status, tookMs: Math.round(heard.tookMs), retryAfter: hasWhen};
	return status === 503 && hasWhen && heard.tookMs < MOST_MS
		? {result: 'pass', message: 'Where nobody is left the client gets 503 with Retry-After at once', observed}
		: {
				result: 'fail',
				message: `Where nobody is left the client gets ${status || 'nothing'} after ${Math.round(heard.tookMs)} ms; it has to be 503 with Retry-After within ${MOST_MS} ms`,
				observed,
			};
}

/** The proxy's word about the application's health, in time and in form; and the application's own, where it can be asked. */
async function ofHealth(
	endpoint: Endpoint,
	{healthPath}: ProxyContract,
	subject: Subject,
	signal: AbortSignal,
): Promise<ProbeFinding> {
	const {maxMs, body} = subject.paramsOf('health-routing');
	const most = typeof maxMs === 'number' && maxMs > 0 ? maxMs : MOST_MS;
	const begun = performance.now();
	const answer = await subject.ask(endpoint, {path: healthPath}, signal);
	const tookMs = Math.round(performance.now() - begun);
	const direct = await askedDirectly(subject, signal);
	const observed = {status: answer.status, tookMs, direct: direct ?? 'not reachable'};
	const wrong = [
		...(tookMs > most ? [`it takes ${tookMs} ms, more than ${most}`] : []),
		...(typeof body === 'string' && !answer.body.includes(body)
			? ['it does not say what the policy expects']
			: []),
		...(![200, 503].includes(answer.status) ? [`it answers ${answer.status}`] : []),
		...(answer.status === 200 && direct !== undefined && direct >= 400
			? [`it says that all is well while the application itself answers ${direct}`]
			: []),
	];
	if (wrong.length > 0) {
		return {result: 'fail', message: `Of the health page ${healthPath}: ${wrong.join('; ')}`, observed};
	}

	return answer.status === 200
		? {result: 'pass', message: `${healthPath} answers in ${tookMs} ms, and is not contradicted`, observed}
		: unseen(
				`${healthPath} says that the application is not there, so who gets its requests is not seen`,
				observed,
			);
}

/** The application's own health page, past the proxy; undefined where it listens on loopback alone, as it should. */
async function askedDirectly(
	{target, promised, ask}: Subject,
	signal: AbortSignal,
): Promise<number | undefined> {
	const {port, healthPath}: Contract['application'] =
		promised.state === 'kept' ? promised.contract.application : {};
	const [host] = target.addresses;
	if (host === undefined || port === undefined || healthPath === undefined) {
		return;
	}

	const place: Endpoint = {protocol: 'http', port, address: {host, port}, name: ''};
	try {
		return (await ask(place, {path: healthPath}, AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)])))
			.status;
	} catch {
		signal.throwIfAborted();
		return;
	}
}
