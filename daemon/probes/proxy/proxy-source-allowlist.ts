import {BlockList, isIPv6} from 'node:net';
import {eachEndpoint, ofProxy, type ProbeFinding, type Subject, unseen} from '../probe.ts';

const MOST = 8;

/** Asks for routes that are open to some addresses only, from where the daemon stands. */
export const proxySourceAllowlist = ofProxy(async ({routes}, subject, signal) => {
	const closed = (routes ?? []).filter(({access}) => access.includes('addresses')).slice(0, MOST);
	if (routes === undefined) {
		return [
			unseen('The contract is of before there were routes, and does not say which of them ask for addresses'),
		];
	}

	if (closed.length === 0) {
		return [{result: 'not-applicable', message: 'No route of the contract asks for addresses'}];
	}

	const allowed = networksOf(subject.paramsOf('proxy-source-allowlist')['cidrs']);
	return eachEndpoint(subject, 'https', async endpoint => {
		const from = await subject.rude.from(endpoint, signal);
		const isOutside =
			allowed !== undefined && from !== undefined && !allowed.check(from, isIPv6(from) ? 'ipv6' : 'ipv4');
		return Promise.all(closed.map(({path}) => judge(path, isOutside, from, {subject, endpoint, signal})));
	});
});

interface Asking {
	readonly subject: Subject;
	readonly endpoint: Parameters<Subject['ask']>[0];
	readonly signal: AbortSignal;
}

async function judge(
	path: string,
	isOutside: boolean,
	from: string | undefined,
	{subject, endpoint, signal}: Asking,
): Promise<ProbeFinding> {
	const {status} = await subject.ask(endpoint, {path}, signal);
	const observed = {path, status, from};
	if (status === 403) {
		return {result: 'pass', message: `${path} is refused to ${from ?? 'the daemon'}`, observed};
	}

	if (status === 429 || status >= 500) {
		return unseen(`${path} is answered with ${status}, which says nothing about who may come`, observed);
	}

	return isOutside
		? {
				result: 'fail',
				message: `${path} is answered with ${status} to ${from}, which is in none of the networks that the policy allows`,
				observed,
			}
		: unseen(
				`${path} is answered, and the daemon's own address (${from ?? 'unknown'}) may be one that is let in; params.cidrs says which are`,
				observed,
			);
}

/** Undefined where the policy names none, or none that can be read. */
function networksOf(value: unknown): BlockList | undefined {
	const list = new BlockList();
	const texts = (Array.isArray(value) ? value : []).filter(each => typeof each === 'string').slice(0, 256);
	for (const text of texts) {
		const [address = '', length = ''] = text.split('/');
		try {
			list.addSubnet(address, Number(length), isIPv6(address) ? 'ipv6' : 'ipv4');
		} catch {
			return undefined;
		}
	}

	return texts.length === 0 ? undefined : list;
}
