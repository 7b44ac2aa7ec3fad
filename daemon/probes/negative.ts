import type {ControlIdAt} from '../../policies/catalogue.ts';
import {reasonOf} from '../error.ts';
import type {Registered, Worst} from './probe.ts';

type RunControl = ControlIdAt<'run'>;

/** Why a probe is not to be believed; undefined when it saw what is wrong with something that is bad on purpose. */
export type Doubt = (control: RunControl, signal: AbortSignal) => Promise<string | undefined>;

/** An honest probe needs a tenth of this to see what is put before it. */
const PATIENCE_MS = 10_000;

/**
 * Holds each probe against something bad, once, when its word is first asked for: one that passes it is blind, and what a
 * blind probe says of others is no evidence.
 * @param usual what is bad for every probe that brings nothing of its own
 */
export function negativeControls(registry: Readonly<Record<RunControl, Registered>>, usual: Worst): Doubt {
	const known = new Map<RunControl, Promise<string | undefined>>();
	return (control, signal) => {
		const doubt = known.get(control) ?? doubtOf(registry[control], usual, signal);
		known.set(control, doubt);
		return doubt;
	};
}

async function doubtOf(
	{probe, worst}: Registered,
	usual: Worst,
	outer: AbortSignal,
): Promise<string | undefined> {
	const signal = AbortSignal.any([outer, AbortSignal.timeout(PATIENCE_MS)]);
	try {
		const {subject, close} = await (worst ?? usual)(signal);
		try {
			const findings = await probe(subject, signal);
			return findings.some(({result}) => result === 'fail')
				? undefined
				: `of something bad on purpose it said ${findings[0]?.result ?? 'nothing'}: ${findings[0]?.message ?? ''}`;
		} finally {
			await close();
		}
	} catch (error) {
		return `it could not be held against something bad on purpose: ${reasonOf(error)}`;
	}
}
