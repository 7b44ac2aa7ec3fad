import type {ControlId} from '../policies/catalogue.ts';
import type {RuleId} from '../policies/rules/index.ts';
import type {FixMode, Level} from '../policies/setting.ts';
import type {StatedHeaders} from './project/headers.ts';
import {noSettings, type ProxySettings} from './project/no-settings.ts';
import type {StatedRoute} from './project/routes.ts';
import type {StatedProxy} from './project/settings.ts';
import type {PlanPages, PlanUpstream} from './proxies/plan.ts';

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
	readonly proxy: StatedProxy['engine'];
	readonly settings: ProxySettings;
	readonly routes: readonly StatedRoute[];
	readonly upstreams: readonly PlanUpstream[];
	readonly pages: PlanPages;
	readonly limits: {
		readonly bodyBytes: number | undefined;
		readonly requestsPerSecond: number | undefined;
		readonly burst: number | undefined;
		readonly connections: number | undefined;
	};
	readonly listeners: {
		readonly https: number | undefined;
		readonly redirect: number | undefined;
		readonly metrics: number | undefined;
	};
	readonly headers: StatedHeaders;
	readonly rules: readonly StricterRule[];
	/** Repairs that are not wanted, by their rules. */
	readonly switchedOff: readonly RuleId[];
	/** Requests. Nobody has approved them, so nothing is waived by them. */
	readonly waivers: readonly {readonly control: ControlId; readonly reason: string; readonly line: number}[];
	/** Where its keys stand, such as `proxy.tls.http3`; three deep at most. */
	readonly lines: ReadonlyMap<string, number>;
}

export interface StricterRule {
	/** A control, or a rule. */
	readonly id: ControlId | RuleId;
	readonly level: Level | undefined;
	readonly fix: FixMode | undefined;
	readonly line: number;
}

/** A repository without a project file. */
export const noProject: Project = {
	file: '.sallyport.yaml',
	policy: undefined,
	facts: {port: undefined, health: undefined, hosts: [], writable: []},
	proxy: undefined,
	settings: noSettings,
	routes: [],
	upstreams: [],
	pages: {errors: []},
	limits: {bodyBytes: undefined, requestsPerSecond: undefined, burst: undefined, connections: undefined},
	listeners: {https: undefined, redirect: undefined, metrics: undefined},
	headers: {csp: undefined, hsts: undefined, set: [], removed: []},
	rules: [],
	switchedOff: [],
	waivers: [],
	lines: new Map(),
};
