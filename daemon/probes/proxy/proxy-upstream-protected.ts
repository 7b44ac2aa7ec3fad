import {ofProxy, type ProbeFinding, unseen} from '../probe.ts';
import {hopsOf} from './hops.ts';

const MOST_NAMED = 4;

/** Reads the configuration that lies in the container now: every hop behind the proxy must stay inside, or be verified. */
export const proxyUpstreamProtected = ofProxy(async ({engine, configPath}, subject) => {
	const text = await subject.inside.proxyConfig();
	if (text === undefined) {
		return [unseen(`${configPath} could not be read from the container`)];
	}

	const hops = hopsOf(engine, text);
	if (hops.length === 0) {
		return [
			{result: 'not-applicable', message: 'The proxy hands nothing on: it answers everything from files'},
		];
	}

	const open = hops.filter(({isLocal, isVerified}) => !isLocal && !isVerified);
	const observed = {hops: hops.length, local: hops.filter(({isLocal}) => isLocal).length, open: open.length};
	const finding: ProbeFinding =
		open.length === 0
			? {
					result: 'pass',
					message: 'What is behind the proxy is reached inside the container, or over TLS that is verified',
					observed,
				}
			: {
					result: 'fail',
					message: `The proxy reaches ${open
						.slice(0, MOST_NAMED)
						.map(({to}) => to)
						.join(', ')} over a network without TLS that is verified`,
					observed,
				};
	return [finding];
});
