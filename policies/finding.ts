import type {ControlId} from './catalogue.ts';
import type {Level} from './setting.ts';

/** The seven states of a result. Only `pass` and `fixed` are positive; a look that failed is never a pass. */
export const outcomes = [
	'pass',
	'fail',
	'fixed',
	'waived',
	'not-applicable',
	'not-evaluated',
	'error',
] as const;

export type Outcome = (typeof outcomes)[number];

/** Where in the user's own file. Lines and columns count from 1; columns count bytes. */
export interface Place {
	readonly file: string;
	readonly line: number;
	readonly endLine?: number;
	readonly column?: number;
	readonly endColumn?: number;
}

/** A finding that was decided about: a valid waiver changes its result, and what it was stays beside it. */
export interface Decided extends Omit<Finding, 'result'> {
	readonly result: Outcome;
	readonly raw?: 'fail' | 'not-evaluated' | 'error';
	readonly waiver?: {readonly id: string; readonly until: string};
}

/** What a rule or a probe reports. It is a value: finding something is never an exception. */
export interface Finding {
	readonly control: ControlId;
	/** The rule that found it: of the catalogue, or `x-…` of an organisation's own. Absent for probes. */
	readonly rule?: string;
	readonly result: Exclude<Outcome, 'waived'>;
	/** A full sentence: what is so, and what to do about it. Never holds a secret's value. */
	readonly message: string;
	readonly place?: Place;
	/** Names the certainty of the finding where a bundle may judge tiers apart (`T1` certain, `T2` heuristic). */
	readonly tier?: string;
	/** Where it was decided for this finding alone: an ignored one, say. Else the bundle says. */
	readonly level?: Level;
	readonly expected?: string;
	/** What was seen, redacted and short enough to be signed. JSON values only. */
	readonly observed?: unknown;
}
