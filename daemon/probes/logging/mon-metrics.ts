import type {ProxyContract} from '../../../proto/contract.ts';
import type {Answer} from '../ask.ts';
import {type Endpoint, ofProxy, type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** Of our own metrics, one that is there from the first request on. */
const SERIES: Readonly<Record<ProxyContract['engine'], string>> = {
	nginx: 'sallyport_http_requests_total',
	traefik: 'traefik_',
};

/** Metrics are for those who watch: on a listener of their own, that is published to nobody, and not beside the application. */
export const monMetrics = ofProxy(async (proxy, subject, signal) => {
	const listener = proxy.listeners.find(({protocol}) => protocol === 'metrics');
	const shown = await onPublic(subject, signal);
	if (listener === undefined) {
		return shown.some(({result}) => result === 'fail')
			? shown
			: [
					{
						result: 'not-applicable',
						message: 'The contract promises no metrics (listeners.metrics), and shows none',
					},
				];
	}

	return [...shown, published(listener.port, subject), await scraped(proxy, listener.port, subject, signal)];
});

function isMetrics({status, body}: Answer): boolean {
	return status === 200 && (body.startsWith('# HELP ') || body.includes('\n# TYPE '));
}

async function onPublic({endpoints, ask}: Subject, signal: AbortSignal): Promise<readonly ProbeFinding[]> {
	const reached = endpoints.filter(({protocol, address}) => protocol !== 'redirect' && address !== undefined);
	return Promise.all(
		reached.map(async endpoint => {
			const answer = await ask(endpoint, {path: '/metrics'}, signal);
			const observed = {port: endpoint.port, status: answer.status};
			return isMetrics(answer)
				? {
						result: 'fail' as const,
						message: `Port ${endpoint.port} shows metrics to everybody at /metrics; refuse that path, or move them to listeners.metrics`,
						observed,
					}
				: {result: 'pass' as const, message: `Port ${endpoint.port} shows no metrics`, observed};
		}),
	);
}

function published(port: number, {target}: Subject): ProbeFinding {
	const wide = target.published.filter(
		each => each.port === port && !['127.0.0.1', '::1'].includes(each.hostIp),
	);
	return wide.length === 0
		? {result: 'pass', message: `Port ${port} of the metrics is published to nobody`}
		: {
				result: 'fail',
				message: `Port ${port} of the metrics is published on ${wide[0]?.hostIp || 'every address'}; whoever watches can ask the container`,
				observed: {hostPorts: wide.slice(0, 8).map(({hostPort}) => hostPort)},
			};
}

async function scraped(
	{engine}: ProxyContract,
	port: number,
	{target, ask}: Subject,
	signal: AbortSignal,
): Promise<ProbeFinding> {
	const [host] = target.addresses;
	if (host === undefined) {
		return unseen('The container has no address of its own at which its metrics could be asked for');
	}

	const place: Endpoint = {protocol: 'http', port, address: {host, port}, name: ''};
	try {
		const answer = await ask(place, {path: '/metrics'}, signal);
		const observed = {port, status: answer.status, bytes: answer.body.length};
		return isMetrics(answer) && answer.body.includes(SERIES[engine])
			? {result: 'pass', message: `Port ${port} tells the promised series`, observed}
			: {
					result: 'fail',
					message: `Port ${port} is to tell metrics, and does not (${answer.status})`,
					observed,
				};
	} catch (error) {
		signal.throwIfAborted();
		const code = error instanceof Error && 'code' in error ? error.code : undefined;
		return code === 'ECONNREFUSED'
			? {result: 'fail', message: `Port ${port} is to tell metrics, and nothing listens there`}
			: unseen(`Port ${port} of the metrics could not be reached from here`);
	}
}
