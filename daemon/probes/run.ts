import type {ControlId, ControlIdAt} from '../../policies/catalogue.ts';
import type {Finding} from '../../policies/finding.ts';
import {DaemonError, reasonOf} from '../error.ts';
import {orAborted} from '../or-aborted.ts';
import {type Probe, type ProbeFinding, type Registered, type Subject, unseen} from './probe.ts';

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
	probes: Readonly<Partial<Record<ControlIdAt<'run'>, Probe | Registered>>>,
	subject: Subject,
	{probeMs, totalMs}: Limits,
	signal: AbortSignal,
): Promise<readonly Finding[]> {
	const asked = Object.entries(probes).map(([id, given]) => {
		const {probe, patienceMs = 0}: Pick<Registered, 'probe' | 'patienceMs'> =
			typeof given === 'function' ? {probe: given} : given;
		return {control: id as ControlId, probe, ownMs: Math.max(probeMs, patienceMs)}; // The map's keys are the catalogue's.
	});
	// Whoever needs more than all of them together has it, and is waited for.
	const longest = Math.max(totalMs, ...asked.map(({ownMs}) => ownMs));
	const total = deadline(signal, longest);
	// They begin together, so those that may take as long end together: a signal is dearer than most probes.
	const ends = new Map(asked.map(({ownMs}) => [ownMs, deadline(total.signal, ownMs)]));
	try {
		const found = await Promise.all(
			asked.map(async ({control, probe, ownMs}) => {
				const findings = await answerOf(probe, subject, ends.get(ownMs)?.signal ?? total.signal);
				return findings.map(finding => ({...finding, control}));
			}),
		);
		return found.flat();
	} finally {
		for (const {clear} of [total, ...ends.values()]) {
			clear();
		}
	}
}

/** As `AbortSignal.any` with a timeout, at a hundredth of the price; over only once it is cleared. */
function deadline(
	outer: AbortSignal,
	ms: number,
): {readonly signal: AbortSignal; readonly clear: () => void} {
	const controller = new AbortController();
	const stop = (): void => controller.abort(outer.reason);
	const timer = setTimeout(
		() => controller.abort(new DOMException('The look took too long', 'TimeoutError')),
		ms,
	);
	timer.unref();
	if (outer.aborted) {
		stop();
	}

	outer.addEventListener('abort', stop, {once: true});
	return {
		signal: controller.signal,
		clear: () => {
			clearTimeout(timer);
			outer.removeEventListener('abort', stop);
		},
	};
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
		// Who stands before the engine decides what may be asked of it; that is no defect, and no answer either.
		if (error instanceof DaemonError && error.code === 'DOCKER_FORBIDDEN') {
			return [unseen(error.message)];
		}

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
