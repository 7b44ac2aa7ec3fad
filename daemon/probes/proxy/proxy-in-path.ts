import type {ProxyContract} from '../../../proto/contract.ts';
import {valuesOf} from '../ask.ts';
import {eachEndpoint, ofProxy, type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** The proxy's mark on an answer: it gives every request an id, and every answer says which. */
const MARK = 'x-request-id';

export const proxyInPath = ofProxy(async (proxy, subject, signal) => [
	published(proxy, subject),
	configured(proxy, await subject.configDigest()),
	...(await eachEndpoint(subject, 'https', async endpoint => {
		const answer = await subject.ask(endpoint, {path: proxy.healthPath}, signal);
		const marks = valuesOf(answer, MARK);
		const observed = {
			endpoint: `tcp/${endpoint.address?.host}:${endpoint.address?.port}`,
			status: answer.status,
			marks: marks.length,
		};
		return [
			marks.length === 1 && marks[0] !== ''
				? {result: 'pass', message: `Port ${endpoint.port} answers with the proxy's mark`, observed}
				: {
						result: 'fail',
						message: `Port ${endpoint.port} answers without the proxy's mark (${MARK})`,
						observed,
					},
		];
	})),
]);

function published({listeners}: ProxyContract, {target}: Subject): ProbeFinding {
	const past = target.published.filter(({port}) => !listeners.some(listener => listener.port === port));
	return past.length === 0
		? {result: 'pass', message: "Every published port is one of the proxy's"}
		: {
				result: 'fail',
				message: `Port ${past[0]?.port} is published past the proxy; publish the proxy's ports only`,
				observed: {ports: past.slice(0, 16).map(({port}) => port)},
			};
}

function configured({configDigest, configPath}: ProxyContract, found: string | undefined): ProbeFinding {
	if (found === undefined) {
		return unseen(`${configPath} could not be read from the container`);
	}

	return found === configDigest
		? {
				result: 'pass',
				message: 'The configuration in the container is the one that was built',
				observed: {digest: found},
			}
		: {
				result: 'fail',
				message: `${configPath} was changed since the build; rebuild, and look who mounted or wrote it`,
				expected: configDigest,
				observed: {digest: found},
			};
}
