import type {ControlId, ControlIdAt} from '../../policies/catalogue.ts';
import type {Finding} from '../../policies/finding.ts';
import {reasonOf} from '../error.ts';
import type {Probe, ProbeFinding, Subject} from './probe.ts';

/** In milliseconds. Every probe has its own limit, and all of them together have one. */
export interface Limits {
	readonly probeMs: number;
	readonly totalMs: number;
}

/** The slowest honest probe waits five seconds for a line in a log. */
export const defaultLimits: Limits = {probeMs: 7000, totalMs: 10_000};

/** More findings than this from one probe say no more. */
const MAX_FINDINGS = 32;

/**
 * Asks every probe, side by side. One that throws, hangs or says nothing becomes an `error` finding of its control:
 * it can spoil its own answer, never another's, and never turn into a pass.
 */
export async function runProbes(
	probes: Readonly<Partial<Record<ControlIdAt<'run'>, Probe>>>,
	subject: Subject,
	{probeMs, totalMs}: Limits,
	signal: AbortSignal,
): Promise<readonly Finding[]> {
	const total = AbortSignal.any([signal, AbortSignal.timeout(totalMs)]);
	const found = await Promise.all(
		Object.entries(probes).map(async ([id, probe]) => {
			const control = id as ControlId; // The map's keys are the catalogue's.
			const findings = await answerOf(probe, subject, AbortSignal.any([total, AbortSignal.timeout(probeMs)]));
			return findings.map(finding => ({...finding, control}));
		}),
	);
	return found.flat();
}

async function answerOf(
	probe: Probe,
	subject: Subject,
	signal: AbortSignal,
): Promise<readonly ProbeFinding[]> {
	try {
		const findings = await orAborted(probe(subject, signal), signal);
		return findings.length === 0
			? [failed('The probe came back with nothing')]
			: findings.slice(0, MAX_FINDINGS);
	} catch (error) {
		return [
			failed(
				signal.aborted ? 'The look took too long and was given up' : `The look failed: ${reasonOf(error)}`,
			),
		];
	}
}

function failed(message: string): ProbeFinding {
	return {result: 'error', message};
}

/** A probe that does not heed its signal is left behind; what it says later is not heard. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
	const {promise, reject} = Promise.withResolvers<never>();
	const stop = (): void => reject(signal.reason);
	if (signal.aborted) {
		stop();
	}

	signal.addEventListener('abort', stop, {once: true});
	return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop));
}
