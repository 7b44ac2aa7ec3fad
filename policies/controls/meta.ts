/** One entry of the catalogue. */
export interface ControlMeta {
	readonly title: string;
	/** Trust Services Criteria this control supports first of all. Ids only: the texts belong to the AICPA. */
	readonly criteria: readonly string[];
	readonly also: readonly string[];
	readonly severity: 'critical' | 'high' | 'medium' | 'low';
	/** When it can be judged. */
	readonly phase: 'build' | 'run' | 'both';
	/** When this version does judge it: by rules, by a probe, by both, or by nobody, and then `unjudged` says why. */
	readonly judgedAt: 'build' | 'run' | 'both' | 'nobody';
	readonly unjudged?: string;
	readonly remedy: string;
}
