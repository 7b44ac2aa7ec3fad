/** What images are seen to do on their first day on this host; what comes later is new. Bounded, whoever tries to fill it. */
export interface Usual {
	/**
	 * Holds what is seen now against what was usual on the first day; during it, what is seen becomes usual.
	 * @param hours how long the first day is
	 */
	readonly compare: (image: string, seen: readonly string[], now: Date, hours: number) => Promise<Compared>;
}

export interface Compared {
	readonly since: Date;
	readonly isLearning: boolean;
	readonly fresh: readonly string[];
}
