import {digestOf} from '../proto/digest.ts';
import {type Coverage, predicateTypes, STATEMENT_TYPE, type Statement} from '../proto/statement.ts';
import {VERSION} from '../proto/version.ts';
import {setOf, type Witness} from './attest.ts';

type Skipped = Coverage['skipped'][number];
type Gap = Coverage['gaps'][number];

/** Collects what was looked at and what was not, between two coverage statements. */
export interface CoverageBook {
	saw(id: string): void;
	/** Somebody looked, and could. */
	verified(id: string): void;
	/** The first reason of a period stands. */
	skipped(entry: Skipped): void;
	gap(from: Date, to: Date, reason: string): void;
	/** Ends the period and begins the next. */
	close(now: Date, logSize: number, witness: Witness, standing?: Standing): Statement<Coverage>;
}

/** How things stand at the end of a period. */
export interface Standing {
	/** Looks that should have been made by now and were not. */
	readonly overdue: number;
	readonly controls: NonNullable<Coverage['controls']>;
}

/** A statement stays below what a log entry may be; what does not fit is counted, not listed. */
const MAX_LISTED = 500;

export function openCoverage(begin: Date): CoverageBook {
	let startedOn = begin;
	let seen = new Set<string>();
	let verified = new Set<string>();
	let skipped = new Map<string, Skipped>();
	let gaps: Gap[] = [];
	let looks = {made: 0, failed: 0};
	return {
		saw: id => {
			seen.add(id);
		},
		verified: id => {
			seen.add(id);
			verified.add(id);
			looks.made += 1;
		},
		skipped: entry => {
			seen.add(entry.containerId);
			looks.failed += 1;
			if (!skipped.has(entry.containerId)) {
				skipped.set(entry.containerId, entry);
			}
		},
		gap: (from, to, reason) => {
			gaps.push({from: from.toISOString(), to: to.toISOString(), reason: reason.toWellFormed()});
		},
		close: (now, logSize, {hostId, policy}, standing) => {
			const predicate: Coverage = {
				verifier: {id: 'https://sallyport.dev/verifier/v1', version: VERSION, hostId},
				policy,
				startedOn: startedOn.toISOString(),
				finishedOn: now.toISOString(),
				containers: {seen: seen.size, verified: verified.size, skipped: skipped.size},
				skipped: [...skipped.values()].slice(0, MAX_LISTED),
				gaps: gaps.slice(0, MAX_LISTED),
				...(standing !== undefined && {
					looks: {due: looks.made + looks.failed + standing.overdue, made: looks.made},
					controls: standing.controls,
				}),
				logSize,
			};
			startedOn = now;
			looks = {made: 0, failed: 0};
			seen = new Set();
			verified = new Set();
			skipped = new Map();
			gaps = [];
			return {
				_type: STATEMENT_TYPE,
				// cosign needs a sha256 somewhere: the host has none, so its name's stands for it.
				subject: [{name: `host/${hostId}`, digest: setOf(digestOf(hostId))}],
				predicateType: predicateTypes.coverage,
				predicate,
			};
		},
	};
}
