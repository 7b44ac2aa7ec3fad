import type {Bundle} from './bundle.ts';
import type {Ground} from './ground.ts';
import {higher, type Level, lower, type Setting, tierLevel} from './setting.ts';

const DAY_MS = 86_400_000;

/** Whether the law itself is kept: with grace for this, a bundle that nobody approved would judge. */
const withoutGrace: ReadonlySet<string> = new Set([
	'gov-policy-approved',
	'approved-policy',
	'gov-waivers-valid',
	'valid-exceptions',
]);

/**
 * The bundle as it acts at a moment: what is in its time of grace acts as a warning, and says until when. Grace never takes
 * back what a bundle that this one extends has made an error already, unless a reason is given for that.
 * @param adoptedAt when the bundle came into force, if it does not say so itself
 */
export function inForce(bundle: Bundle, now: Date, adoptedAt?: string): Bundle {
	return actingBundle(bundle, now, adoptedAt, new Map());
}

/** @param made bundles that were worked out before, by name and adoption: several may extend the same one */
function actingBundle(
	bundle: Bundle,
	now: Date,
	adoptedAt: string | undefined,
	made: Map<string, Bundle>,
): Bundle {
	const key = `${bundle.name} ${adoptedAt ?? ''}`;
	const known = made.get(key) ?? softened(bundle, now, adoptedAt, made);
	made.set(key, known);
	return known;
}

function softened(
	bundle: Bundle,
	now: Date,
	adoptedAt: string | undefined,
	made: Map<string, Bundle>,
): Bundle {
	const adopted = bundle.terms.rollout.adoptedAt ?? adoptedAt;
	const end = endOf(bundle, adopted);
	const floors = bundle.parents.map(parent => actingBundle(parent.bundle, now, adopted, made));
	const acting = <Id extends string>(
		all: Readonly<Record<Id, Setting>>,
		floorOf: (floor: Ground, id: Id) => Setting,
	): Readonly<Record<Id, Setting>> => {
		const entries = Object.entries<Setting>(all).map(([id, setting]) => {
			if (withoutGrace.has(id)) {
				return [id, setting];
			}

			const isWeakened = bundle.weakened[id] !== undefined;
			const settings = isWeakened ? [] : floors.map(floor => floorOf(floor, id as Id));
			return [id, actingAt(setting, later(end, setting.enforceFrom), settings, now)];
		});
		return Object.fromEntries(entries) as Record<Id, Setting>; // The same keys.
	};
	return {
		...bundle,
		settings: acting(bundle.settings, ({settings}, id) => settings[id]),
		rules: acting(bundle.rules, ({rules}, id) => rules[id]),
	};
}

function endOf({terms: {rollout}}: Bundle, adopted: string | undefined): string | undefined {
	return adopted === undefined || rollout.graceDays === 0
		? undefined
		: new Date(Date.parse(adopted) + rollout.graceDays * DAY_MS).toISOString();
}

function later(a: string | undefined, b: string | undefined): string | undefined {
	if (a === undefined || b === undefined) {
		return a ?? b;
	}

	return Date.parse(a) > Date.parse(b) ? a : b;
}

function actingAt(
	setting: Setting,
	until: string | undefined,
	floors: readonly Setting[],
	now: Date,
): Setting {
	if (until === undefined || now.getTime() >= Date.parse(until)) {
		return setting;
	}

	const tiers = new Set([setting, ...floors].flatMap(each => Object.keys(each.tiers)));
	const levelIn = (tier: string | undefined): Level => {
		const floor = floors.map(each => tierLevel(each, tier)).reduce(higher, 'warn');
		return lower(tierLevel(setting, tier), floor);
	};
	const softer: Setting = {
		...setting,
		level: levelIn(undefined),
		tiers: Object.fromEntries(Array.from(tiers, tier => [tier, levelIn(tier)])),
	};
	const isSofter = [undefined, ...tiers].some(tier => tierLevel(softer, tier) !== tierLevel(setting, tier));
	return isSofter ? {...softer, grace: {until}} : setting;
}
