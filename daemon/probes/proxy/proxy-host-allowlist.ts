import {randomUUID} from 'node:crypto';
import {valuesOf} from '../ask.ts';
import {asBuilt, readEcho} from '../canary.ts';
import {eachEndpoint, ofProxy} from '../probe.ts';

/** Asks for a name that nobody has. Where there is a canary it is asked, else the page that everybody sees. */
export const proxyHostAllowlist = ofProxy(async (proxy, subject, signal) => {
	const found = await eachEndpoint(subject, 'https', async endpoint => {
		const name = `${randomUUID()}.invalid`;
		const path = proxy.canaryPath === undefined ? '/' : `${proxy.canaryPath}/echo`;
		const answer = await subject.ask(endpoint, {path, headers: [['Host', name]]}, signal);
		const isThrough = readEcho(answer.body) !== undefined || answer.status < 400;
		const observed = {
			status: answer.status,
			hosts: proxy.hosts.length,
			location: valuesOf(answer, 'location').length,
		};
		return [
			isThrough
				? {
						result: 'fail',
						message:
							proxy.hosts.length === 0
								? 'Any name is answered with the application; say in facts.hosts which ones it has'
								: `A name that is none of the contract's is answered with ${answer.status}`,
						observed,
					}
				: {result: 'pass', message: `A name that is nobody's is refused (${answer.status})`, observed},
		];
	});
	return asBuilt(proxy, subject, found);
});
