import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Standing} from '../../policies/standing.ts';
import type {EngineInfo} from '../docker/engine-info.ts';
import {type Clock, readClock} from './clock.ts';
import {type KeyFile, readKeyFiles} from './keys.ts';

/** What is the same for every container of a host. Looked at once a minute, however many ask. */
export interface HostView {
	/**
	 * @param address of one of several engines; the first without
	 * @throws {DaemonError} where the engine does not tell
	 */
	readonly engine: (address?: string) => Promise<EngineInfo>;
	readonly clock: () => Promise<Clock>;
	/** Undefined where no state folder is at hand. */
	readonly keys: (() => Promise<readonly KeyFile[]>) | undefined;
	/** When this state folder was made; undefined where there is none. */
	readonly installedAt: (() => Promise<Date | undefined>) | undefined;
	/** Undefined where no log is at hand. */
	readonly record: (() => Promise<RecordCondition>) | undefined;
	readonly policy: PolicyFacts;
}

/** Whether the log is whole, and how far back it reaches. */
export interface RecordCondition {
	/** Why the log is not what was signed; undefined when it is. */
	readonly broken: string | undefined;
	readonly entries: number;
	/** When the oldest entry was taken in; undefined for an empty log. */
	readonly oldestAt: Date | undefined;
	/** When a checkpoint was last seen to be kept outside of this host; undefined where no such place is configured. */
	readonly anchoredAt: Date | undefined;
}

/** The bundle that judges, and whether somebody approved it. */
export interface PolicyFacts {
	readonly name: string;
	/** Of the bundle that is in force; absent where nobody worked it out. */
	readonly digest?: string;
	readonly isApprovalRequired: boolean;
	readonly approval: Standing['approval'] | undefined;
}

export interface HostSources {
	readonly engine: (signal: AbortSignal, address: string | undefined) => Promise<EngineInfo>;
	readonly state: string | undefined;
	readonly record: (() => Promise<RecordCondition>) | undefined;
	readonly policy: () => PolicyFacts;
	readonly clock?: () => Promise<Clock>;
}

const FRESH_MS = 60_000;

export function hostViewOf({engine, state, record, policy, clock = readClock}: HostSources): HostView {
	return {
		// The answer is for everybody who asks in this minute, so no single look may cut it short.
		engine: sharedBy(address => engine(new AbortController().signal, address)),
		clock: shared(clock),
		keys: state === undefined ? undefined : shared(() => readKeyFiles(state)),
		installedAt: state === undefined ? undefined : shared(() => madeAt(join(state, 'host-id'))),
		record: record === undefined ? undefined : shared(record),
		get policy() {
			return policy();
		},
	};
}

/** The host's id is written once, when the folder is made. */
async function madeAt(path: string): Promise<Date | undefined> {
	return (await stat(path).catch(() => undefined))?.mtime;
}

/** Each argument's own answer; engines are few. */
function sharedBy<T>(work: (key: string | undefined) => Promise<T>): (key?: string) => Promise<T> {
	const known = new Map<string | undefined, () => Promise<T>>();
	return key => {
		const answer = known.get(key) ?? shared(() => work(key));
		known.set(key, answer);
		return answer();
	};
}

/** A failure is not kept. */
function shared<T>(work: () => Promise<T>): () => Promise<T> {
	let at = Number.NEGATIVE_INFINITY;
	let result: Promise<T> | undefined;
	return () => {
		if (result === undefined || performance.now() - at > FRESH_MS) {
			at = performance.now();
			result = work();
			result.catch(() => {
				result = undefined;
			});
		}

		return result;
	};
}
