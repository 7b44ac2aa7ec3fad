import type {Digest} from '../../proto/digest.ts';

/** What the engine's events told of a container. Everything in it is bounded; the oldest goes first. */
export interface Past {
	/** Since when events of this container were heard; what was before is not known. */
	readonly since: Date;
	readonly name: string;
	/** As the person who started it wrote it. */
	readonly image: string;
	/** Only of one that ended before anybody looked: what the reference stood for at its end. */
	readonly imageDigest?: Digest;
	readonly starts: readonly Date[];
	readonly ends: readonly Ended[];
	readonly ooms: readonly Date[];
	/** Commands that somebody started in it; the engine's own health checks are not among them. */
	readonly execs: readonly Exec[];
	readonly health: readonly {readonly at: Date; readonly status: string}[];
	/** How many of them were let go for want of room. */
	readonly dropped: number;
	/** Stretches in which events may have been lost. */
	readonly gaps: readonly {readonly from: Date; readonly to: Date}[];
}

export interface Ended {
	readonly at: Date;
	/** Undefined where a label of the container has the name of this field: labels overwrite it in the engine's events. */
	readonly exitCode: number | undefined;
	/** Somebody asked the engine to stop or kill it. */
	readonly asked: boolean;
	/** How long before somebody had asked it to end, and not yet forced it; undefined where nobody had, or it is not to be believed. */
	readonly askedMs?: number;
}

export interface Exec {
	readonly at: Date;
	readonly id: string;
	/** The command's first word; the others may be secrets. */
	readonly word: string;
	/** As asked for; empty is the container's own user. Undefined where the engine was asked too late. */
	readonly user: string | undefined;
	readonly privileged: boolean | undefined;
}
