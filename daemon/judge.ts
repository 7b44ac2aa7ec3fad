import type {Bundle} from '../policies/bundle.ts';
import type {ControlId} from '../policies/catalogue.ts';
import {decide, type Verdict} from '../policies/decide.ts';
import type {Finding} from '../policies/finding.ts';
import {inForce} from '../policies/grace.ts';
import type {Target} from './docker/target.ts';
import {DaemonError} from './error.ts';
import {type Means, subjectOf} from './look.ts';
import {askedOf, type Registry} from './paces.ts';
import {registry as allProbes} from './probes/index.ts';
import type {Subject} from './probes/probe.ts';
import {type Limits, runProbes} from './probes/run.ts';
import {waive} from './waive.ts';

/** By what a container is judged. */
export interface Judging {
	readonly bundle: Bundle;
	readonly limits: Limits;
	readonly registry?: Registry | undefined;
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
 * What probes say of a container that runs, for the controls that are asked about.
 * @throws {DaemonError} `LOOK_CUT_SHORT` when the signal aborts
 */
export async function question(
	subject: Subject,
	asked: readonly ControlId[],
	{registry = allProbes, limits, firstSight}: Pick<Judging, 'registry' | 'limits' | 'firstSight'>,
	signal: AbortSignal,
): Promise<readonly Finding[]> {
	await firstSight?.(subject, signal);
	const wanted = new Set<string>(asked);
	const part = Object.fromEntries(Object.entries(registry).filter(([control]) => wanted.has(control)));
	const findings = await runProbes(part, subject, limits, signal);
	if (signal.aborted) {
		throw new DaemonError('LOOK_CUT_SHORT', 'The look was cut short because the daemon stops');
	}

	return findings;
}

/** What the policy makes of findings at a moment. Time passes while a daemon runs: grace ends, and so do waivers. */
export function verdictOf(
	findings: readonly Finding[],
	controls: readonly ControlId[],
	image: Target['image'],
	bundle: Bundle,
	at: Date,
): Verdict {
	const {approval, waivers = []} = bundle.standing ?? {};
	return decide(waive(findings, waivers, image, at), controls, inForce(bundle, at, approval?.adoptedAt));
}

/**
 * One whole look at one container, from its id or name to a verdict: everything that the policy asks.
 * @throws {DaemonError} when the container or the engine cannot be asked, or the signal aborts
 */
export async function judge(
	id: string,
	means: Means,
	judging: Judging,
	signal: AbortSignal,
): Promise<Judged> {
	const {bundle, registry = allProbes} = judging;
	const controls = [...askedOf(registry, bundle.settings).keys()];
	const startedOn = new Date();
	const subject = await subjectOf(id, means, signal);
	try {
		const {target} = subject;
		const findings = target.running
			? await question(subject, controls, judging, signal)
			: unlooked(controls, STOPPED);
		const verdict = verdictOf(findings, controls, target.image, bundle, startedOn);
		return {subject, verdict, startedOn, finishedOn: new Date()};
	} finally {
		subject.close();
	}
}

export const STOPPED = 'The container has stopped, so there was nothing to look at';

/** Every control, as not evaluated, with one reason. */
export function unlooked(controls: readonly ControlId[], message: string): readonly Finding[] {
	return controls.map(control => ({control, result: 'not-evaluated', message}));
}
