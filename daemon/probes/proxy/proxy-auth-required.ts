import type {RouteContract} from '../../../proto/contract.ts';
import type {Answer} from '../ask.ts';
import {type Endpoint, eachEndpoint, ofProxy, type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** Every one of them costs two questions, and contracts may name hundreds. */
const MOST = 8;

/** Asks for what is closed as somebody whom nobody knows, also in another spelling of the same path. */
export const proxyAuthRequired = ofProxy(async ({routes}, subject, signal) => {
	if (routes === undefined) {
		return [unseen('The contract is of before there were routes, and does not say which of them are closed')];
	}

	const closed = routes.filter(({access, to}) => access.length > 0 || to === 'refuse');
	if (closed.length === 0) {
		return [{result: 'not-applicable', message: 'The contract names no route that is closed to anybody'}];
	}

	return eachEndpoint(subject, 'https', async endpoint => {
		const asked = closed.slice(0, MOST).map(route => askFor(route, endpoint, subject, signal));
		return (await Promise.all(asked)).flat();
	});
});

async function askFor(
	route: RouteContract,
	endpoint: Endpoint,
	subject: Subject,
	signal: AbortSignal,
): Promise<readonly ProbeFinding[]> {
	const {path, match} = route;
	// The same path for the proxy, and perhaps not for whoever wrote its rules by hand.
	const spellings = match === 'prefix' && path !== '/' ? [path, `${path.toUpperCase()}/`] : [path];
	const answers = await Promise.all(
		spellings.map(async spelling => ({
			spelling,
			answer: await subject.ask(endpoint, {path: spelling}, signal),
		})),
	);
	return answers.map(({spelling, answer}) => judge(route, spelling, answer));
}

function judge(route: RouteContract, path: string, {status}: Answer): ProbeFinding {
	const observed = {path, status, access: route.access, to: route.to};
	if (status === 429 || status >= 500) {
		return unseen(`${path} is answered with ${status}, which says nothing about who may come`, observed);
	}

	if (refuses(route, status)) {
		return {
			result: 'pass',
			message: `${path} is not answered to somebody without credentials (${status})`,
			observed,
		};
	}

	// Whoever is let in for their address is let in: the daemon may be one of them.
	return route.to !== 'refuse' && route.access.every(kind => kind === 'addresses')
		? unseen(`${path} is answered, and the daemon's own address may be one that is let in`, observed)
		: {
				result: 'fail',
				message: `${path} is answered with ${status} to somebody without credentials, though the contract asks for ${route.access.join(', ') || 'a refusal'}`,
				observed,
			};
}

function refuses({access, to}: RouteContract, status: number): boolean {
	if (to === 'refuse') {
		return [400, 401, 403, 404, 410].includes(status);
	}

	// Who decides by a subrequest may send people to where they log in.
	const isSentAway = access.includes('forward') && status >= 300 && status < 400;
	return [400, 401, 403].includes(status) || isSentAway;
}
