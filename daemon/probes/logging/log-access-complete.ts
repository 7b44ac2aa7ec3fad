import {accessLines} from '../access-line.ts';
import {valuesOf} from '../ask.ts';
import {type Endpoint, eachEndpoint, ofProxy, type ProbeFinding, type Subject} from '../probe.ts';

/** What an incident is reconstructed from. */
const required = [
	'ts',
	'request_id',
	'client',
	'method',
	'host',
	'path',
	'status',
	'bytes',
	'duration',
	'upstream_status',
	'tls_version',
] as const;

const PATIENCE_MS = 5000;

export const logAccessComplete = ofProxy(async (proxy, subject, signal) =>
	eachEndpoint(subject, 'https', async endpoint => [
		await follow(proxy.healthPath, subject, endpoint, signal),
	]),
);

/** Sends a canary and looks for its line: exactly one, complete, within five seconds. */
async function follow(
	path: string,
	subject: Subject,
	endpoint: Endpoint,
	signal: AbortSignal,
): Promise<ProbeFinding> {
	// The engine's clock is the host's, but it cuts at whole milliseconds.
	const since = new Date(Date.now() - 1000);
	const answer = await subject.ask(endpoint, {path: `${path}?sallyport-canary`}, signal);
	const [id = ''] = valuesOf(answer, 'x-request-id');
	if (!/^[\x21-\x7e]{8,128}$/.test(id)) {
		return {
			result: 'fail',
			message: 'The answer names no request id, so its line in the access log cannot be found',
		};
	}

	const lines = await accessLines(id, subject, since, signal, PATIENCE_MS);
	const [line, ...more] = lines;
	if (line === undefined) {
		return {
			result: 'fail',
			message: `No line about the request appeared in the container's output within ${PATIENCE_MS / 1000} s`,
		};
	}

	const missing = required.filter(field => !isPresent(line[field]));
	const observed = {lines: lines.length, missing};
	if (more.length > 0) {
		return {
			result: 'fail',
			message: `The request left ${lines.length} lines in the access log instead of one`,
			observed,
		};
	}

	return missing.length > 0
		? {
				result: 'fail',
				message: `The access log lacks ${missing.join(', ')}; use the generated log format`,
				observed,
			}
		: {result: 'pass', message: 'The request left exactly one complete line in the access log', observed};
}

function isPresent(value: unknown): boolean {
	return typeof value === 'number' || typeof value === 'string';
}
