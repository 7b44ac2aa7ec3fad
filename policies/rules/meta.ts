import type {ControlId} from '../catalogue.ts';

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';

/** One question about a Dockerfile, as data: everything but how it is answered. */
export interface RuleMeta {
	/** What a finding of this rule says, in a few words. */
	readonly title: string;
	/** Gives the level where neither the bundle nor a control does. */
	readonly severity: Severity;
	/** `yes`: repaired when repairs are asked for; `opt-in`: only when asked for by name; `no`: the author's to decide. */
	readonly fix: 'yes' | 'opt-in' | 'no';
	/** The control that a finding fails; absent for what no criterion asks for. */
	readonly control?: ControlId;
	/** What others call it: hadolint, BuildKit, Trivy, Checkov, KICS, dockle. */
	readonly aliases?: readonly string[];
}
