import {asBuilt} from '../canary.ts';
import {eachEndpoint, ofProxy, type ProbeFinding, unseen} from '../probe.ts';
import {FORGED_ADDRESS, type Visit} from '../visit.ts';

/** A client says that it is somebody else. Neither the log nor the application may believe it. */
export const proxyClientAddressTrust = ofProxy(async (proxy, subject) => {
	const mayBeTrusted = proxy.trustsProxies !== false;
	const found = await eachEndpoint(subject, 'https', async endpoint => [
		judge(await subject.visit(endpoint), mayBeTrusted),
	]);
	return asBuilt(proxy, subject, found);
});

/** The address itself, and the network that is written where addresses are shortened. */
const FORGED = [FORGED_ADDRESS, FORGED_ADDRESS.replace(/\d+$/, '0')];

function judge(visit: Visit, mayBeTrusted: boolean): ProbeFinding {
	const {echo, output} = visit;
	const client = output.seen ? String(output.lines[0]?.['client'] ?? '') : '';
	const isLogged = FORGED.includes(client);
	const isTold = [echo?.for ?? '', echo?.real ?? ''].some(text => text.includes(FORGED_ADDRESS));
	const observed = {forged: FORGED_ADDRESS, logged: client, toldOn: echo?.for ?? ''};
	if (isLogged || isTold) {
		const where = isLogged ? 'written into the access log' : 'told to the application';
		return mayBeTrusted
			? unseen(
					"A forged X-Forwarded-For is believed, and the daemon's own address may be one that is trusted",
					observed,
				)
			: {
					result: 'fail',
					message: `A forged X-Forwarded-For is ${where}; overwrite it with the address of the connection`,
					observed,
				};
	}

	return untouched(visit, client, observed);
}

function untouched({echo}: Visit, client: string, observed: unknown): ProbeFinding {
	if (client === '') {
		return unseen('No line of the access log says which address the proxy took for the client', observed);
	}

	return echo === undefined
		? unseen(
				'The log has the right address; what the application was told is not known without a canary',
				observed,
			)
		: {
				result: 'pass',
				message: 'A forged X-Forwarded-For reaches neither the log nor the application',
				observed,
			};
}
