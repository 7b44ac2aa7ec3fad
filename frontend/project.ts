import type {ControlId} from '../policies/catalogue.ts';
import type {RuleId} from '../policies/rules/index.ts';
import type {FixMode, Level} from '../policies/setting.ts';

/**
 * What a repository says of itself in `.sallyport.yaml`. It states facts and may make rules stricter; it is written by the
 * people being controlled, so nothing in it can make them laxer.
 */
export interface Project {
	readonly file: string;
	/** Name of an approved bundle. */
	readonly policy: string | undefined;
	readonly facts: {
		readonly port: number | undefined;
		readonly health: string | undefined;
		readonly hosts: readonly string[];
		/** Folders that the application writes to. */
		readonly writable: readonly string[];
	};
	readonly proxy: 'nginx' | 'none' | undefined;
	readonly limits: {
		readonly bodyBytes: number | undefined;
		readonly requestsPerSecond: number | undefined;
		readonly burst: number | undefined;
		readonly connections: number | undefined;
	};
	readonly listeners: {readonly https: number | undefined; readonly redirect: number | undefined};
	readonly headers: {readonly csp: string | undefined; readonly hstsSeconds: number | undefined};
	readonly rules: readonly StricterRule[];
	/** Repairs that are not wanted, by their rules. */
	readonly switchedOff: readonly RuleId[];
	/** Requests. Nobody has approved them, so nothing is waived by them. */
	readonly waivers: readonly {readonly control: ControlId; readonly reason: string; readonly line: number}[];
}

export interface StricterRule {
	/** A control, or a rule. */
	readonly id: ControlId | RuleId;
	readonly level: Level | undefined;
	readonly fix: FixMode | undefined;
	readonly line: number;
}

export const PATH = /^\/[\x21-\x7e]{0,255}$/;
/** A folder to write to: no link upwards, and nothing that belongs to the system. */
export const FOLDER =
	/^(?!\/(?:etc|bin|sbin|lib|lib32|lib64|dev|proc|sys|boot|root|usr\/(?:bin|sbin|lib|lib64))(?:\/|$))(?!\/(?:usr|var|home|opt)$)(?:\/\.?[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}){1,16}$/;
export const PORT = {min: 1, max: 65_535} as const;

/** A repository without a project file. */
export const noProject: Project = {
	file: '.sallyport.yaml',
	policy: undefined,
	facts: {port: undefined, health: undefined, hosts: [], writable: []},
	proxy: undefined,
	limits: {bodyBytes: undefined, requestsPerSecond: undefined, burst: undefined, connections: undefined},
	listeners: {https: undefined, redirect: undefined},
	headers: {csp: undefined, hstsSeconds: undefined},
	rules: [],
	switchedOff: [],
	waivers: [],
};
