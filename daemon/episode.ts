import type {ControlId} from '../policies/catalogue.ts';

/** A run of failing observations of one control at one container. It is opened, may be acknowledged, and is closed; never deleted. */
export interface Episode {
	/** ULID or UUID; for ever. */
	readonly id: string;
	readonly container: {readonly id: string; readonly name: string; readonly image: string};
	readonly control: ControlId;
	readonly severity: 'critical' | 'high' | 'medium' | 'low';
	/** What the policy made of it when it was last seen. Only `error` and `warn` are told to people. */
	readonly level: 'info' | 'warn' | 'error';
	/** How it failed: what was seen to be wrong, or that a look which the policy demands was impossible. */
	readonly result: 'fail' | 'error' | 'not-evaluated';
	/** The first finding's sentence. Written by attackers in part: escape it. */
	readonly message: string;
	/** RFC 3339, UTC, as all times here. */
	readonly openedAt: string;
	readonly lastSeenAt: string;
	readonly observations: number;
	readonly acknowledged?: Acknowledgement;
	readonly closedAt?: string;
	/** Why it ended: the control was seen to hold again, the container ended, or a waiver covers it. */
	readonly closedBy?: 'recovered' | 'stopped' | 'waived';
}

/** Somebody took it on. */
export interface Acknowledgement {
	readonly at: string;
	readonly by: string;
	readonly reason: string;
}

/** The episodes of this host, open ones and those that were closed since the daemon began. */
export interface EpisodeBook {
	readonly list: () => readonly Episode[];
	readonly get: (id: string) => Episode | undefined;
	/**
	 * Writes the acknowledgement into the log first; what the log did not take did not happen.
	 * @throws {DaemonError} `EPISODE_UNKNOWN` for an id that there is not
	 */
	readonly acknowledge: (id: string, by: string, reason: string) => Promise<Episode>;
}
