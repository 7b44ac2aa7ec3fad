import {type Answer, valuesOf} from '../ask.ts';
import {type Endpoint, eachEndpoint, ofProxy, type ProbeFinding, type Subject} from '../probe.ts';

export const proxyHttpRedirect = ofProxy(async ({listeners, healthPath}, subject, signal) => [
	...(await eachEndpoint(subject, 'redirect', async endpoint => [
		judgeRedirect(await subject.ask(endpoint, {path: '/sallyport-canary'}, signal), endpoint),
	])),
	...(await eachEndpoint(subject, 'https', async endpoint => [
		judgePlain(await askPlainly(subject, endpoint, healthPath, signal), endpoint),
	])),
	...(listeners.length === 0
		? [{result: 'not-applicable' as const, message: 'The contract promises no listener'}]
		: []),
]);

function judgeRedirect(answer: Answer, {port, name, address}: Endpoint): ProbeFinding {
	const [location = '', ...more] = valuesOf(answer, 'location');
	const observed = {status: answer.status, location: location.slice(0, 256)};
	const host = name === '' ? (address?.host ?? '') : name;
	const isRight = [301, 308].includes(answer.status) && more.length === 0 && leadsTo(host, location);
	return isRight
		? {result: 'pass', message: `Plain HTTP on port ${port} is redirected to HTTPS`, observed}
		: {
				result: 'fail',
				message: `Plain HTTP on port ${port} is answered with ${answer.status} and no permanent redirect to https://${host}`,
				observed,
			};
}

function leadsTo(host: string, location: string): boolean {
	const url = URL.parse(location);
	return url?.protocol === 'https:' && url.hostname === host.toLowerCase();
}

/** Whoever speaks plain HTTP to the TLS port must be turned away: by an error, an alert, or a closed door. */
function judgePlain(answer: Answer | 'refused', {port}: Endpoint): ProbeFinding {
	const observed = {status: answer === 'refused' ? 'refused' : answer.status};
	return answer === 'refused' || answer.status >= 300
		? {result: 'pass', message: `Port ${port} turns plain HTTP away`, observed}
		: {result: 'fail', message: `Port ${port} answers plain HTTP with ${answer.status}`, observed};
}

/** A closed door counts only if somebody is still behind it: a container that just died refuses everything. */
async function askPlainly(
	subject: Subject,
	endpoint: Endpoint,
	healthPath: string,
	signal: AbortSignal,
): Promise<Answer | 'refused'> {
	try {
		return await subject.ask(endpoint, {path: '/sallyport-canary', plain: true}, signal);
	} catch {
		await subject.ask(endpoint, {path: healthPath}, signal);
		return 'refused';
	}
}
