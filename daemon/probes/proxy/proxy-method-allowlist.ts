import {onCanary, reachedIn, statusesIn} from '../canary.ts';
import type {ProbeFinding} from '../probe.ts';

/** What no application asks for: echoes of requests, tunnels, a debugger, a word that nobody has registered. */
const REFUSED = ['TRACE', 'TRACK', 'CONNECT', 'DEBUG', 'SALLYPORT'];
const USUAL = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Methods that must end at the proxy, and those that the policy lets through, one connection each. */
export const proxyMethodAllowlist = onCanary(async (canary, _proxy, subject, signal) => {
	const {refuse, allow} = subject.paramsOf('proxy-method-allowlist');
	const refused = [...new Set([...REFUSED, ...wordsOf(refuse)])].slice(0, 16);
	const allowed = (allow === undefined ? USUAL : wordsOf(allow)).filter(method => !refused.includes(method));
	const statusOf = async (
		method: string,
	): Promise<{readonly method: string; readonly status: number; readonly reached: boolean}> => {
		const text = canary.request('echo', {
			method,
			target: method === 'CONNECT' ? `${canary.host}:443` : canary.path('echo'),
			lines: [
				'Connection: close',
				...(['POST', 'PUT', 'PATCH'].includes(method) ? ['Content-Length: 0'] : []),
			],
		});
		const heard = await subject.rude.say(canary.endpoint, {pieces: [{text}]}, signal);
		return {method, status: statusesIn(heard.text)[0] ?? 0, reached: reachedIn(heard.text) > 0};
	};
	const asked: {method: string; status: number; reached: boolean}[] = [];
	await subject.rude.alone(async () => {
		for (const method of [...refused, ...allowed]) {
			asked.push(await statusOf(method));
		}
	});
	const passed = asked.filter(
		({method, status, reached}) => refused.includes(method) && (reached || (status >= 200 && status < 400)),
	);
	const stopped = asked.filter(
		({method, status}) => !refused.includes(method) && [405, 501].includes(status),
	);
	const observed = Object.fromEntries(asked.map(({method, status}) => [method, status]));
	const findings: ProbeFinding[] = [];
	if (passed.length > 0) {
		findings.push({
			result: 'fail',
			message: `The proxy passes ${passed.map(({method}) => method).join(', ')} on to the application`,
			observed,
		});
	}

	if (stopped.length > 0) {
		findings.push({
			result: 'fail',
			message: `The proxy refuses ${stopped.map(({method}) => method).join(', ')}, which applications need`,
			observed,
		});
	}

	return findings.length > 0
		? findings
		: [{result: 'pass', message: `${refused.join(', ')} end at the proxy, and usual methods pass`, observed}];
});

function wordsOf(value: unknown): readonly string[] {
	return Array.isArray(value)
		? value.filter(each => typeof each === 'string' && /^[A-Z-]{1,32}$/.test(each))
		: [];
}
