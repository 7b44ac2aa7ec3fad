import type {Bundle} from '../policies/bundle.ts';
import type {ControlId} from '../policies/catalogue.ts';
import {decide, type Verdict} from '../policies/decide.ts';
import type {Finding} from '../policies/finding.ts';
import {inForce} from '../policies/grace.ts';
import {DaemonError} from './error.ts';
import {type Means, subjectOf} from './look.ts';
import {probes as allProbes} from './probes/index.ts';
import type {Subject} from './probes/probe.ts';
import {type Limits, runProbes} from './probes/run.ts';
import {waive} from './waive.ts';

/** By what a container is judged. */
export interface Judging {
	readonly bundle: Bundle;
	readonly limits: Limits;
	readonly probes?: Parameters<typeof runProbes>[0];
	/** Attests the image's build where the log does not hold it yet, before a probe asks for that. MUST NOT throw. */
	readonly firstSight?: (subject: Subject, signal: AbortSignal) => Promise<void>;
}

export interface Judged {
	readonly subject: Subject;
	readonly verdict: Verdict;
	readonly startedOn: Date;
	readonly finishedOn: Date;
}

/**
 * One look at one container, from its id to a verdict. `unattested` when it carries no contract: nothing was promised.
 * @throws {DaemonError} when the container or the engine cannot be asked, or the signal aborts
 */
export async function judge(
	id: string,
	means: Means,
	{bundle, limits, probes = allProbes, firstSight}: Judging,
	signal: AbortSignal,
): Promise<Judged | {readonly unattested: Subject}> {
	const startedOn = new Date();
	const subject = await subjectOf(id, means, signal);
	if (subject.target.contract === undefined) {
		return {unattested: subject};
	}

	try {
		await firstSight?.(subject, signal);
		const controls = Object.keys(probes) as ControlId[]; // The map's keys are the catalogue's.
		const findings = subject.target.running
			? await runProbes(probes, subject, limits, signal)
			: unlooked(controls, 'The container has stopped, so there was nothing to look at');
		if (signal.aborted) {
			throw new DaemonError('LOOK_CUT_SHORT', 'The look was cut short because the daemon stops');
		}

		// Time passes while a daemon runs: grace ends, and so do waivers.
		const {approval, waivers = []} = bundle.standing ?? {};
		const acting = inForce(bundle, startedOn, approval?.adoptedAt);
		const decided = waive(findings, waivers, subject.target.image, startedOn);
		return {subject, verdict: decide(decided, controls, acting), startedOn, finishedOn: new Date()};
	} finally {
		subject.close();
	}
}

/** Every control, as not evaluated, with one reason. */
export function unlooked(controls: readonly ControlId[], message: string): readonly Finding[] {
	return controls.map(control => ({control, result: 'not-evaluated', message}));
}
