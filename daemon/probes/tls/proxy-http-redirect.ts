import {type Answer, authorityOf, valuesOf} from '../ask.ts';
import {type Endpoint, eachEndpoint, type Probe, type ProbeFinding, type Subject} from '../probe.ts';
import {byHost, withoutTls} from './of-tls.ts';

export const proxyHttpRedirect: Probe = async (subject, signal) => {
	const found = [
		...(await eachEndpoint(subject, 'redirect', endpoint => redirects(subject, endpoint, signal))),
		...(await eachEndpoint(subject, 'http', endpoint => plainly(subject, endpoint, signal))),
		...(await eachEndpoint(subject, 'https', async endpoint => [
			judgePlain(await askPlainly(subject, endpoint, signal), endpoint),
		])),
	];
	return found.length === 0 ? [withoutTls(subject)] : found;
};

const PATH = '/sallyport-canary?a=b';

/** Whatever is asked for under whatever name: the first answer leads to the same over HTTPS, and nothing is done before. */
async function redirects(
	subject: Subject,
	endpoint: Endpoint,
	signal: AbortSignal,
): Promise<readonly ProbeFinding[]> {
	const found: ProbeFinding[] = [];
	for (const each of byHost(endpoint, subject)) {
		const answer = await subject.ask(each, {path: PATH}, signal);
		found.push(judgeRedirect(answer, each));
	}

	const posted = await subject.ask(endpoint, {method: 'POST', path: PATH}, signal);
	return posted.status >= 300
		? found
		: [
				...found,
				{
					result: 'fail',
					message: `Plain HTTP on port ${endpoint.port} answers a POST with ${posted.status}: what is sent goes over the wire for all to read`,
					observed: {status: posted.status},
				},
			];
}

/** A port that was never promised to redirect. One that nobody outside reaches may speak as it likes. */
async function plainly(
	subject: Subject,
	endpoint: Endpoint,
	signal: AbortSignal,
): Promise<readonly ProbeFinding[]> {
	const {networkMode, published} = subject.target;
	const isOutside =
		networkMode === 'host' ||
		published.some(({port, hostIp}) => port === endpoint.port && !/^127\.|^::1$/.test(hostIp));
	return isOutside
		? redirects(subject, endpoint, signal)
		: [
				{
					result: 'not-applicable',
					message: `Port ${endpoint.port} speaks plain HTTP and is published to nobody outside this host`,
				},
			];
}

function judgeRedirect(answer: Answer, endpoint: Endpoint): ProbeFinding {
	const {port} = endpoint;
	const [location = '', ...more] = valuesOf(answer, 'location');
	const observed = {
		status: answer.status,
		location: location.slice(0, 256),
		// 308 has the method kept; with 301 a client may make a GET of a POST.
		keepsMethod: answer.status === 308,
	};
	const host = authorityOf(endpoint);
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
	signal: AbortSignal,
): Promise<Answer | 'refused'> {
	try {
		return await subject.ask(endpoint, {path: PATH, plain: true}, signal);
	} catch {
		const {promised} = subject;
		const healthPath = promised.state === 'kept' ? promised.contract.proxy?.healthPath : undefined;
		await subject.ask(endpoint, {path: healthPath ?? '/'}, signal);
		return 'refused';
	}
}
