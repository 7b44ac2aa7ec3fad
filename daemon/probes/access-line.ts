import {setTimeout as sleep} from 'node:timers/promises';
import type {Subject} from './probe.ts';

export type AccessLine = Readonly<Record<string, unknown>>;

/** How long a second line for the same request is waited for, once the first was seen. */
const AFTERMATH_MS = 100;

/** The lines of an access log with this request id, once there are some and their aftermath is over. */
export async function accessLines(
	id: string,
	subject: Pick<Subject, 'lines'>,
	since: Date,
	signal: AbortSignal,
	patienceMs: number,
): Promise<readonly AccessLine[]> {
	const enough = new AbortController();
	const stop = AbortSignal.any([signal, enough.signal, AbortSignal.timeout(patienceMs)]);
	const found: AccessLine[] = [];
	for await (const text of subject.lines(since, stop)) {
		const line = text.includes(id) ? recordOf(text) : undefined;
		if (line?.['request_id'] === id) {
			found.push(line);
			void sleep(AFTERMATH_MS, undefined, {signal})
				.catch(() => undefined)
				.then(() => enough.abort());
		}
	}

	signal.throwIfAborted();
	return found;
}

/** A line that is one JSON object. */
export function recordOf(text: string): AccessLine | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null && !Array.isArray(value)
			? (value as AccessLine) // An object of JSON.
			: undefined;
	} catch {
		return undefined;
	}
}
