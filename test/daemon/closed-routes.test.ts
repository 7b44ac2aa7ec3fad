import {createServer, type IncomingMessage} from 'node:http';
import test from 'ava';
import {ask} from '../../daemon/probes/ask.ts';
import type {RouteContract} from '../../proto/contract.ts';
import {probes} from '../helpers/probes.ts';
import {contract, endpointOf, listening, proxyContract, subjectWith} from '../helpers/subject.ts';

const probe = probes['proxy-auth-required'];

const route = (changed: Partial<RouteContract> = {}): RouteContract => ({
	path: '/admin',
	match: 'prefix',
	to: 'application',
	access: ['basic'],
	cached: false,
	...changed,
});

/** What the probe finds at a server that answers like this. */
async function resultsOf(
	routes: readonly RouteContract[],
	statusOf: (request: IncomingMessage) => number,
): Promise<readonly string[]> {
	await using server = await listening(
		createServer((request, response) => {
			response.writeHead(statusOf(request), {location: '/login'});
			response.end();
		}),
	);
	const endpoint = endpointOf('https', server.port);
	const promised = {...contract, proxy: {...proxyContract, routes}};
	const subject = subjectWith({
		endpoints: [endpoint],
		promised: {state: 'kept', contract: promised, digest: `sha256:${'0'.repeat(64)}`},
		// In clear text, which makes no difference to what is asked.
		ask: (place, question, signal) => ask(place, {...question, plain: true}, signal),
	});
	const findings = await probe(subject, AbortSignal.timeout(10_000));
	return findings.map(({result}) => result);
}

const cases: Readonly<Record<string, readonly [RouteContract, status: number, result: string]>> = {
	'a password is asked for': [route(), 401, 'pass'],
	'a certificate is asked for': [route({access: ['certificate']}), 403, 'pass'],
	'the page comes without a password': [route(), 200, 'fail'],
	'the application has been asked, and has no such page': [route(), 404, 'fail'],
	'a redirect where a password is asked for': [route(), 302, 'fail'],
	'a redirect to a login': [route({access: ['forward']}), 302, 'pass'],
	'a limit has been met': [route(), 429, 'not-evaluated'],
	'who decides is away': [route({access: ['forward']}), 503, 'not-evaluated'],
	'an address that may be let in': [route({access: ['addresses']}), 200, 'not-evaluated'],
	'an address that is not let in': [route({access: ['addresses']}), 403, 'pass'],
	'an address and a password': [route({access: ['addresses', 'jwt']}), 200, 'fail'],
	'a path that is gone': [route({to: 'refuse', access: []}), 410, 'pass'],
	'a path that is not gone': [route({to: 'refuse', access: []}), 200, 'fail'],
};

for (const [name, [closed, status, result]] of Object.entries(cases)) {
	test(`a closed route: ${name}: ${result}`, async t => {
		t.deepEqual(new Set(await resultsOf([closed], () => status)), new Set([result]));
	});
}

test('another spelling of a closed path is asked for, too', async t => {
	const results = await resultsOf([route()], ({url}) => (url === '/admin' ? 401 : 200));

	t.deepEqual(results.toSorted(), ['fail', 'pass']);
});

test('where nothing is closed there is nothing to ask, and of hundreds of routes few are', async t => {
	const open = route({access: [], to: 'application'});
	const many = Array.from({length: 100}, (_, index) => route({path: `/r${index}`}));

	t.deepEqual(await resultsOf([open], () => 200), ['not-applicable']);
	t.is((await resultsOf(many, () => 401)).length, 16);
});
