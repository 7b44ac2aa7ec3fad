import {request} from 'node:https';
import type {RouteContract} from '../../../proto/contract.ts';
import {reasonOf} from '../../error.ts';
import {authorityOf, nameForSni, type Place} from '../ask.ts';
import {type Endpoint, eachEndpoint, ofProxy, type ProbeFinding} from '../probe.ts';
import {USER_AGENT} from '../user-agent.ts';
import {type Made, makeCertificate} from './make-certificate.ts';

/** A contract may have hundreds of routes; the most specific come first. */
const MAX_ROUTES = 8;

export const proxyMtlsAdmin = ofProxy(async ({routes = []}, subject, signal) => {
	const guarded = routes.filter(({access}) => access.includes('certificate'));
	if (guarded.length === 0) {
		return [
			{result: 'not-applicable', message: 'The contract promises no route that needs a client certificate'},
		];
	}

	const stranger = makeCertificate({
		name: 'sallyport probe, trusted by nobody',
		notBefore: new Date(subject.now.getTime() - HOUR_MS),
		notAfter: new Date(subject.now.getTime() + HOUR_MS),
	});
	const found = await eachEndpoint(subject, 'https', async endpoint => {
		const each = await Promise.all(
			guarded.slice(0, MAX_ROUTES).map(route => knock(endpoint, route, stranger, signal)),
		);
		return each.flat();
	});
	return found.length > 0
		? found
		: [{result: 'not-applicable', message: 'The contract promises no listener with TLS'}];
});

const HOUR_MS = 3_600_000;

/** Nobody with our certificate may come in, nor anybody without one. That the right one is let in is for its owner to try. */
async function knock(
	endpoint: Endpoint,
	{path, match}: RouteContract,
	stranger: Made,
	signal: AbortSignal,
): Promise<readonly ProbeFinding[]> {
	const asked = match === 'exact' ? path : `${path.replace(/\/$/, '')}/sallyport-canary`;
	const visits = [
		{who: 'no certificate', made: undefined},
		{who: 'a certificate of a foreign authority', made: stranger},
	];
	return Promise.all(
		visits.map(async ({who, made}) => {
			const told = await answerTo(endpoint, asked, made, signal);
			return judge(told, who, path, endpoint);
		}),
	);
}

type Told = {readonly status: number} | {readonly alert: string} | {readonly unclear: string};

/** Forbidden, and nginx's own words for a certificate that is missing or wrong. */
const REFUSED: readonly number[] = [400, 401, 403, 421, 495, 496];

function judge(told: Told, who: string, path: string, {port}: Endpoint): ProbeFinding {
	const observed = {route: path.slice(0, 256), ...told};
	if ('alert' in told || ('status' in told && REFUSED.includes(told.status))) {
		return {result: 'pass', message: `Port ${port} refuses a client with ${who}`, observed};
	}

	return 'status' in told && told.status < 400
		? {
				result: 'fail',
				message: `Port ${port} lets a client with ${who} in where the contract promises that one is needed; check ssl_verify_client`,
				observed,
			}
		: {
				result: 'not-evaluated',
				message: `Port ${port} answered a client with ${who} by something that is neither yes nor no`,
				observed,
			};
}

function answerTo(place: Place, path: string, made: Made | undefined, signal: AbortSignal): Promise<Told> {
	const {promise, resolve} = Promise.withResolvers<Told>();
	const asking = request({
		host: place.address?.host ?? '',
		port: place.address?.port ?? 0,
		servername: nameForSni(place.name),
		path,
		headers: {Host: authorityOf(place), 'User-Agent': USER_AGENT},
		rejectUnauthorized: false,
		ciphers: 'ALL:eNULL:!aNULL:@SECLEVEL=0',
		agent: false,
		signal,
		...made,
	});
	asking.on('response', response => {
		resolve({status: response.statusCode ?? 0});
		response.destroy();
	});
	asking.on('error', error => {
		const code = 'code' in error ? String(error.code) : '';
		// Only the server's own word is a refusal; a broken connection is not.
		resolve(code.includes('_ALERT_') ? {alert: code.slice(0, 64)} : {unclear: reasonOf(error)});
	});
	asking.end();
	return promise.finally(() => asking.destroy());
}
