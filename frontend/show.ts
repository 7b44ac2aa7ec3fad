import type {Contract} from '../proto/contract.ts';
import {FrontendError} from './error.ts';
import type {Examined} from './examine.ts';
import type {Step} from './options.ts';
import type {Access, Plan} from './proxies/plan.ts';
import {type Look, plain, reportText} from './report.ts';
import type {Fix} from './rules/rule.ts';
import {type Repaired, unifiedDiff} from './unified-diff.ts';

/** What a build knows before it builds. */
export interface Known {
	readonly examined: Examined;
	readonly contract: Contract;
	/** The Dockerfile as it would be built. */
	readonly text: Uint8Array;
	/** As its author wrote it. */
	readonly original: {readonly file: string; readonly bytes: Uint8Array};
}

/** One step as text, the way `sallyport render` shows it too. */
export function stepText(step: Step, known: Known): string {
	const {examined, contract, text} = known;
	switch (step) {
		case 'findings':
			return reportText(examined);
		case 'plan':
			return examined.plan === undefined
				? examined.notes.join('\n') || 'No proxy: the image has no listener.'
				: pretty({engine: examined.engine, ...withoutHashes(examined.plan)});
		case 'dockerfile':
			return new TextDecoder().decode(text);
		case 'diff':
			return diffText(known);
		case 'contract':
			return pretty(contract);
	}
}

/** What a build changes of the author's text, each change under its rules and reasons. */
export function diffText(
	{examined, text, original: {file, bytes}}: Pick<Known, 'examined' | 'text' | 'original'>,
	look: Look = plain,
): string {
	const layer = {
		rule: 'proxy-layer',
		title: 'the contract goes in, and a proxy where the image listens',
		line: Number.MAX_SAFE_INTEGER,
	};
	const repaired = [...repairsOf(examined), ...hardenedBy(examined), layer];
	return unifiedDiff({file, before: bytes, after: text, repaired}, look);
}

/** Repairs of the finished image share one step at the end of the text. */
function hardenedBy({applied}: Pick<Examined, 'applied'>): readonly Repaired[] {
	return applied.flatMap(({rule, finding: {fix}}) =>
		fix?.harden !== undefined && isOfConfiguration(fix)
			? [{rule, title: fix.title, line: Number.MAX_SAFE_INTEGER}]
			: [],
	);
}

/** The repairs that changed the text. */
export function repairsOf({applied}: Pick<Examined, 'applied'>): readonly Repaired[] {
	return applied.flatMap(({rule, finding: {fix: made, place}}) =>
		made === undefined || isOfConfiguration(made) ? [] : [{rule, title: made.title, line: place?.line}],
	);
}

function isOfConfiguration({edits, append, stage}: Fix): boolean {
	return edits === undefined && append === undefined && stage === undefined;
}

/** A step in place of a build: an error, because a result would be exported under the tag the user gave. */
export function shown(step: Step, known: Known): FrontendError {
	return new FrontendError(
		'FRONTEND_SHOWN',
		`SALLYPORT_SHOW=${step}: nothing was built\n\n${stepText(step, known)}`,
	);
}

/** What is shown ends in logs. */
function withoutHashes(plan: Plan): Plan {
	const shown = ({basic, ...access}: Access): Access =>
		basic === undefined
			? access
			: {...access, basic: {...basic, users: basic.users.map(({name}) => ({name, hash: '$6$…'}))}};
	return {...plan, routes: plan.routes.map(route => ({...route, access: shown(route.access)}))};
}

function pretty(value: unknown): string {
	return JSON.stringify(value, undefined, 2);
}
