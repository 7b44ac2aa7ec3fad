import type {ControlId} from '../../policies/catalogue.ts';
import type {Finding} from '../../policies/finding.ts';
import type {Dockerfile, Stage} from '../dockerfile/ast.ts';
import type {Edit} from '../dockerfile/edit.ts';
import type {Plan} from '../proxies/plan.ts';

/** Everything a build-time rule may look at. It reads; it never writes. */
export interface Subject {
	/** The Dockerfile's name, for places. */
	readonly file: string;
	readonly dockerfile: Dockerfile;
	/** The stage that is built, and the stages it is made from (itself last), in order. */
	readonly target: Stage;
	readonly needed: readonly Stage[];
	/** `--build-arg` values, for the expansion of FROM. Never shown: a value may be a secret. */
	readonly buildArgs: ReadonlyMap<string, string>;
	/** What the builder said of external images, by the reference as expanded; empty offline. */
	readonly images: ReadonlyMap<string, ImageFacts>;
	/** Absent when the image has no listener or no proxy is wanted. */
	readonly plan: Plan | undefined;
	/** Waivers that the repository asked for. A request is not a waiver. */
	readonly requestedWaivers: readonly {readonly control: ControlId; readonly line: number}[];
	/** Names given with `--build-context`: they stand in front of images of the same name. */
	readonly contexts?: ReadonlySet<string>;
	/** Why no valid plan could be made although one was wanted; then there is no plan. */
	readonly planProblems?: readonly {
		readonly message: string;
		readonly line: number;
		readonly file?: string;
	}[];
	/** True where no builder is asked: what only a build can prove stays not-evaluated. */
	readonly isOffline?: boolean;
	/** Paths of the build context that COPY could bring in, when known; absent offline or for remote contexts. */
	readonly contextFiles?: readonly string[];
}

export interface ImageFacts {
	/** `sha256:…`; absent when the builder could not tell (a local image of the graph-driver store). */
	readonly digest?: string;
	readonly user?: string;
	readonly hasHealthcheck?: boolean;
	readonly exposedPorts?: readonly number[];
}

/** A finding, and what would repair it: edits of the text, or instructions for the end of the target stage. */
export interface RuleFinding extends Omit<Finding, 'control'> {
	readonly fix?: Fix;
}

export interface Fix {
	/** What the repair does, in a few words, e.g. `pinned to sha256:…`. */
	readonly title: string;
	readonly edits?: readonly Edit[];
	/** Instructions for the end of the target stage, one per line. */
	readonly append?: readonly string[];
	/** Changes of the image's configuration that need no instruction. */
	readonly config?: ConfigPatch;
}

/** Durations are nanoseconds, as the image configuration writes them. */
export interface ConfigPatch {
	readonly healthcheck?: {
		readonly test: readonly string[];
		readonly interval: number;
		readonly timeout: number;
		readonly startPeriod: number;
		readonly retries: number;
	};
}

/** A question about a Dockerfile. No finding means that the control passes. MUST be pure and linear in the file's size. */
export type Rule = (subject: Subject) => Iterable<RuleFinding>;
