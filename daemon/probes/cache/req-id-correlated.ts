import {valuesOf} from '../ask.ts';
import {asBuilt} from '../canary.ts';
import {eachEndpoint, ofProxy, type ProbeFinding, unseen} from '../probe.ts';
import type {Visit} from '../visit.ts';

/** One id on the answer, in the log and behind the proxy, and not the one that a stranger has invented. */
export const reqIdCorrelated = ofProxy(async (proxy, subject) => {
	const found = await eachEndpoint(subject, 'https', async endpoint => [
		judge(await subject.visit(endpoint), proxy.trustsProxies !== false),
	]);
	return asBuilt(proxy, subject, found);
});

function judge({answer, echo, forgedId, output}: Visit, mayBeTrusted: boolean): ProbeFinding {
	const ids = valuesOf(answer, 'x-request-id');
	const [id = ''] = ids;
	const lines = output.seen ? output.lines.length : undefined;
	const observed = {ids: ids.length, lines, behind: echo === undefined ? 'not seen' : echo.id === id};
	if (ids.length !== 1 || id === '') {
		return {result: 'fail', message: `The answer has ${ids.length} request ids instead of one`, observed};
	}

	if (id === forgedId) {
		return mayBeTrusted
			? unseen(
					"A forged request id is believed, and the daemon's own address may be one that is trusted",
					observed,
				)
			: {result: 'fail', message: 'A request id that a client has invented is believed', observed};
	}

	if (echo !== undefined && echo.id !== id) {
		return {
			result: 'fail',
			message: 'What is behind the proxy is told another request id than the client',
			observed,
		};
	}

	if (!output.seen) {
		return unseen(`The container's output cannot be read: ${output.reason}`, observed);
	}

	if (lines === 0) {
		return {result: 'fail', message: "The answer's request id is on no line of the access log", observed};
	}

	return echo === undefined
		? unseen('Answer and log agree; what the application is told is not known without a canary', observed)
		: {
				result: 'pass',
				message: 'Answer, log and what is behind the proxy name one request id, of its own making',
				observed,
			};
}
