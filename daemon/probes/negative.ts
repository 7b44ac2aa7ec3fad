import type {ControlId} from '../../policies/catalogue.ts';
import {reasonOf} from '../error.ts';
import {orAborted} from '../or-aborted.ts';
import type {Registered, Worst} from './probe.ts';

/** Why a probe is not to be believed; undefined when it saw what is wrong with something that is bad on purpose. */
export type Doubt = (control: ControlId, signal: AbortSignal) => Promise<string | undefined>;

export interface DoubtOptions {
	/** What is bad for every probe that brings nothing of its own. */
	readonly usual: Worst;
	/** Monotonic, in milliseconds. */
	readonly clock?: () => number;
}

/** An honest probe needs a tenth of this to see what is put before it. */
const PATIENCE_MS = 20_000;

/** What was seen to work is tried again tomorrow; what was not, soon: it may have been the machine's fault. */
const TRUST_MS = 86_400_000;
const RETRY_MS = 60_000;

interface Answer {
	readonly at: number;
	readonly doubt: Promise<string | undefined>;
	/** Undefined while it is being found out. */
	isDoubted: boolean | undefined;
}

/**
 * Holds each probe against something bad when its word is first asked for, and once a day: one that passes it is blind, and
 * what a blind probe says of others is no evidence.
 */
export function negativeControls(
	registry: Readonly<Record<string, Registered | undefined>>,
	{usual, clock = () => performance.now()}: DoubtOptions,
): Doubt {
	const known = new Map<ControlId, Answer>();

	function isGood({at, isDoubted}: Answer): boolean {
		return isDoubted === undefined || clock() - at < (isDoubted ? RETRY_MS : TRUST_MS);
	}

	return async (control, signal) => {
		const before = known.get(control);
		const registered = registry[control];
		if (registered === undefined || (before !== undefined && isGood(before))) {
			return before?.doubt;
		}

		const answer: Answer = {
			at: clock(),
			doubt: doubtOf(registered, usual, signal),
			isDoubted: undefined,
		};
		known.set(control, answer);
		const doubt = await answer.doubt;
		answer.isDoubted = doubt !== undefined;
		if (signal.aborted) {
			known.delete(control);
		}

		return doubt;
	};
}

async function doubtOf(
	{probe, worst, neverPasses, patienceMs = 0}: Registered,
	usual: Worst,
	outer: AbortSignal,
): Promise<string | undefined> {
	const signal = AbortSignal.any([outer, AbortSignal.timeout(Math.max(PATIENCE_MS, patienceMs))]);
	try {
		const {subject, close} = await (worst ?? usual)(signal);
		try {
			const findings = await orAborted(probe(subject, signal), signal);
			const isPositive = findings.some(({result}) => result === 'pass' || result === 'fixed');
			return findings.some(({result}) => result === 'fail') || (neverPasses !== undefined && !isPositive)
				? undefined
				: `of something bad on purpose it said ${findings[0]?.result ?? 'nothing'}: ${findings[0]?.message ?? ''}`;
		} finally {
			await close();
		}
	} catch (error) {
		return `it could not be held against something bad on purpose: ${reasonOf(error)}`;
	}
}
