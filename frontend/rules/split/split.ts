import type {Stage} from '../../dockerfile/ast.ts';
import type {Script} from '../../shell/script.ts';
import type {Step} from '../../stages/chain.ts';
import type {Image} from '../package/stages.ts';
import type {Subject} from '../rule.ts';

/** A stage that builds and runs: the image's only one, on an image from outside. */
export interface Candidate {
	readonly subject: Subject;
	readonly stage: Stage;
	/** Its base as expanded, and the parts of it. */
	readonly ref: string;
	readonly image: Image;
	/** Its instructions with the variables in force, FROM left out. */
	readonly steps: readonly Step[];
	/** The code of its RUNs. */
	readonly runs: readonly Script[];
	/** Where the program starts; absent where it cannot be told. */
	readonly workdir: string | undefined;
	/** Files of the context that tell what the application is made of, below the folder of the context; empty when nobody looked. */
	readonly manifests: ReadonlyMap<string, string>;
}

/** How a language divides such a stage. Pure, linear. */
export interface Language {
	/** For messages: `Node`. */
	readonly name: string;
	/** Absent where the stage is not of this language, or nothing worth the name would stay behind. */
	readonly plan: (candidate: Candidate) => SplitPlan | undefined;
}

/** What the last stage is to be. What its author's stage says of ENV, WORKDIR, USER, CMD and so on comes into it by itself. */
export interface SplitPlan {
	/** What stays behind, for the message: `compilers and development dependencies`. */
	readonly leaves: string;
	/** What FROM of the last stage names, as written there and with its variables expanded. */
	readonly base: {readonly text: string; readonly ref: string};
	/** Instructions, of one line each, of a stage between the two that starts from the author's: pruning. Mostly none. */
	readonly prepare: readonly string[];
	/** Instructions of the last stage before anything is copied into it: packages, by root. */
	readonly install: readonly string[];
	/** Files and folders, absolute and without variables, that come over to the same place. */
	readonly carried: readonly string[];
	/** Whether the stage makes users or groups: the files that hold them come over before anything else. */
	readonly hasAccounts?: boolean;
	/** Whether carried folders are given the owners and rights they had; the last stage's base needs a shell for it. */
	readonly keepsOwners?: true;
	/**
	 * Why it is only shown and not made: one sentence each, without the full stop, with its line. None: it is made on trial.
	 */
	readonly doubts: readonly Doubt[];
	/** Keywords of the author's instructions that are not taken over, because the plan has others for them in `last`. */
	readonly without?: readonly string[];
	/** Instructions after all others. */
	readonly last?: readonly string[];
}

export interface Doubt {
	readonly why: string;
	readonly line: number | undefined;
}

/** What the stages of a split are called: the part of the author's that installs, the one between the two, and the last. */
export const INSTALLED = 'sallyport-installed';
export const PREPARED = 'sallyport-prepared';
export const RUNTIME = 'sallyport-runtime';
