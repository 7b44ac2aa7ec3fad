import type {ApprovalStanding} from '../../policies/assess-approval.ts';
import type {WaiverStanding} from '../../policies/assess-waiver.ts';
import type {ControlId} from '../../policies/catalogue.ts';
import type {Finding} from '../../policies/finding.ts';
import type {ParamValue} from '../../policies/setting.ts';
import type {Dockerfile, Stage} from '../dockerfile/ast.ts';
import type {Edit} from '../dockerfile/edit.ts';
import type {Engine} from '../proxies/engine.ts';
import type {Plan, ProxyFile} from '../proxies/plan.ts';
import type {Command, Script} from '../shell/script.ts';
import type {Chain, Step} from '../stages/chain.ts';
import type {References} from '../stages/references.ts';
import type {Ignore} from './ignores.ts';
import type {Held} from './secret/file-contents.ts';

/** What is known when a Dockerfile is judged. */
export interface Known {
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
	/** Images that the builder was asked about and knows nothing of: no repair brings one of them in. */
	readonly unresolved?: readonly string[] | undefined;
	/** Absent when the image has no listener or no proxy is wanted. */
	readonly plan: Plan | undefined;
	/** What the plan is for; nginx when nobody says. */
	readonly engine?: Engine;
	/** Folders that the application writes to, as the project says. */
	readonly writable?: readonly string[];
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
	/** What those of them hold that were small enough to look into, by path: never a value. */
	readonly held?: ReadonlyMap<string, Held> | undefined;
	/**
	 * Files of the context that say what an application is made of (`manifests.ts`), by path: the text, or an empty one for those
	 * that only have to be there. Absent when nobody looked.
	 */
	readonly manifests?: ReadonlyMap<string, string> | undefined;
	/** What keeps files of the build context out of the build; absent when the context is not the client's, or not known. */
	readonly ignoreFile?: IgnoreFile | undefined;
	/** The files of the proxy layer; absent when they are those that our renderer makes of the plan. */
	readonly proxyFiles?: readonly ProxyFile[];
	/** The day of the judgement, as `2026-01-31`; absent where time must not matter. */
	readonly today?: string | undefined;
	/** What was asked of this very build beside its Dockerfile; absent offline. */
	readonly request?: BuildRequest | undefined;
	/** The bundle that judges, and what stands beside it; absent where that is not the question. */
	readonly policy?: PolicyFacts;
	/** Which other rules were asked, and what they found: for the rule that looks for ignores nobody needs. */
	readonly others?: Others;
	/** Repairs that were thrown away, because the text would not have been the same file any more. */
	readonly unsound?: readonly {readonly rule: string; readonly line?: number | undefined}[];
}

export interface IgnoreFile {
	/** The one that counts, or that would: `.dockerignore`, `Dockerfile.dockerignore`. */
	readonly name: string;
	/** Undefined when there is none. */
	readonly text: string | undefined;
}

export interface BuildRequest {
	/** Attestations to be made, with their parameters: `sbom` → ``, `provenance` → `mode=max`. */
	readonly attests: Readonly<Record<string, string>>;
	/** Keys of labels that the command line adds (`--label`). */
	readonly labels: readonly string[];
	/** Those of them that hold a credential, and of which kind. */
	readonly heldByLabels?: readonly {
		readonly key: string;
		readonly title: string;
		readonly tier: 'T1' | 'T2';
	}[];
	/** `linux/amd64`: what base images are asked for where FROM does not say. */
	readonly platform: string;
	/** Where the sources come from, as far as the client told. */
	readonly source?: string | undefined;
	readonly revision?: string | undefined;
	/** What the sources are called, where they are fetched by such a name: `v1.2.3`. */
	readonly version?: string | undefined;
}

export interface PolicyFacts {
	readonly name: string;
	readonly isApprovalRequired: boolean;
	/** Absent where nothing lies beside the bundle. */
	readonly approval?: ApprovalStanding;
	readonly waivers?: readonly WaiverStanding[];
	/** Documents beside the bundle that could not be read. */
	readonly problems?: readonly string[];
	/** What stays in the final image beside the application. */
	readonly profile?: 'keep' | 'slim' | 'shell-less';
	/** Patterns of the images that may be built on; absent where any may. */
	readonly approvedBases?: readonly string[] | undefined;
	/** What it takes less strictly than the bundles it extends, and why. */
	readonly weakened?: readonly {readonly id: string; readonly reason: string}[];
}

export interface Others {
	readonly asked: readonly string[];
	/** By rule and line. */
	readonly found: readonly {readonly rule: string; readonly line?: number | undefined}[];
}

/** What a stage is for: its layers are the image's, it only helps to build them, or nothing asks for it. */
export type Role = 'final' | 'build' | 'unused';

/**
 * Everything a build-time rule may look at. It reads; it never writes. What is derived is derived once, when the first rule
 * asks for it.
 */
export interface Subject extends Known {
	readonly references: References;
	/** The stages whose layers are the image's, and the image they start from. */
	readonly chain: Chain;
	roleOf(stage: Stage): Role;
	/** What rules derived and share, by the function that made it: see `derived.ts`. */
	readonly derived: Map<unknown, {readonly value: unknown}>;
	/** Every instruction of every stage in the order of the file, with the variables in force where it stands. */
	readonly steps: readonly Step[];
	/** All code, of every stage. */
	readonly scripts: readonly Script[];
	/** Line from which code is not read, because there is more of it than anybody writes. */
	readonly unreadFrom: number | undefined;
	/** What the comments tell us and other tools to leave alone, in the order of the file. */
	readonly ignores: readonly Ignore[];
	/** Commands of these names in all code but triggers' (ONBUILD), in the order of the file. */
	commandsNamed(...names: readonly string[]): readonly Command[];
	/** The same of some code only; what is not asked about is not even parsed. */
	commandsNamedIn(isAsked: (script: Script) => boolean, ...names: readonly string[]): readonly Command[];
}

/** What the builder said of an image. Every field is absent when it could not tell. */
export interface ImageFacts {
	/** `sha256:…`; absent for a local image of the graph-driver store, too. */
	readonly digest?: string;
	readonly user?: string;
	readonly hasHealthcheck?: boolean;
	readonly exposedPorts?: readonly number[];
	readonly entrypoint?: readonly string[];
	readonly cmd?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	readonly labels?: Readonly<Record<string, string>>;
	readonly volumes?: readonly string[];
	readonly workdir?: string;
	readonly stopSignal?: string;
	readonly onBuild?: readonly string[];
	/** `linux/amd64`, `linux/arm64/v8`. */
	readonly platform?: string;
	/** RFC 3339. */
	readonly created?: string;
}

/** A finding, and what would repair it. */
export interface RuleFinding extends Omit<Finding, 'control' | 'rule' | 'level'> {
	readonly fix?: Fix;
	/** Lines of the Dockerfile that we would write, for those who are shown the finding; in no record. */
	readonly proposal?: readonly string[];
}

export interface Fix {
	/** What the repair does, in a few words, e.g. `pinned to sha256:…`. */
	readonly title: string;
	readonly edits?: readonly Edit[];
	/** The same repair for a build, where no line may move; absent where `edits` moves none, or cannot do without. */
	readonly kept?: readonly Edit[];
	/** How a build has to be called from then on, e.g. `docker build --secret id=…`: told with every build that makes it. */
	readonly asks?: string;
	/** Made before others are asked: what they would do about the same lines depends on it. */
	readonly goesFirst?: true;
	/** What the edits may take away that no other repair may: comments, or whole stages. */
	readonly drops?: 'comments' | 'stages';
	/** Instructions for the end of the target stage, one per line. */
	readonly append?: readonly string[];
	/** Changes of the image's configuration that need no instruction. */
	readonly config?: ConfigPatch;
	/** Options for the program that goes over the finished image as root (`tool harden`); those of all repairs go to one run of it. */
	readonly harden?: readonly string[];
	/** A stage that becomes the target in place of the one that was; it stands at the end of the file. */
	readonly stage?: NewStage;
	/** True for what no build can show to be sound: it is made where its author sees it, in the file, and never in a build. */
	readonly isForAuthor?: true;
	/**
	 * True for what only a build can show to be sound. A build makes it where the bundle has results tried, and takes it back
	 * when the result cannot be built, or does not start and answer (`trial.ts`).
	 */
	readonly isOnTrial?: boolean;
}

export interface NewStage {
	/** By which the target is called from then on; no stage of the file has it. */
	readonly name: string;
	/** Its instructions of one line each, FROM first. */
	readonly lines: readonly string[];
	/** What it copies from the stage before it, to the same place: whatever that loads must be in its image, too. */
	readonly carried?: readonly string[];
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

/** A rule's own part of its setting in the bundle, e.g. `{allow: ['docker.io/library/*']}`. Checked at the bundle's door. */
export type Params = Readonly<Record<string, ParamValue>>;

/** A question about a Dockerfile. No finding means that it has nothing to say. MUST be pure and linear in the file's size. */
export type Rule = (subject: Subject, params: Params) => Iterable<RuleFinding>;
