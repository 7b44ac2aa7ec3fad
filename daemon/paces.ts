import {createHash} from 'node:crypto';
import type {ControlId, ControlIdAt} from '../policies/catalogue.ts';
import type {Setting} from '../policies/setting.ts';
import type {Pace, Registered} from './probes/probe.ts';

/** Probes by the control they answer: all of them, or those that a test brings. */
export type Registry = Readonly<Partial<Record<ControlIdAt<'run'>, Registered>>>;

/** How long an answer stays good, in milliseconds. */
export type Paces = Readonly<Record<Pace, number>>;

/** `prompt` looks call on nobody and come first; `light` ones wait for an answer or two, `long` ones for many: each has places of its own. */
export const lanes = ['prompt', 'light', 'long'] as const;
export type Lane = (typeof lanes)[number];

/** Milliseconds from now until a container's next look in each lane is due. */
export type Next = Readonly<Record<Lane, number>>;

/** One roll call a minute makes 5 and 15 minutes, an hour and a day. */
export function pacesOf(intervalMs: number): Paces {
	return {
		configuration: 5 * intervalMs,
		light: 15 * intervalMs,
		thorough: 60 * intervalMs,
		rare: 1440 * intervalMs,
	};
}

export function laneOf(pace: Pace): Lane {
	switch (pace) {
		case 'configuration':
			return 'prompt';
		case 'light':
			return 'light';
		default:
			return 'long';
	}
}

/** What the policy wants to know; the rest costs nobody anything. */
export function askedOf(
	registry: Registry,
	settings: Readonly<Record<ControlId, Pick<Setting, 'level' | 'tiers'>>>,
): ReadonlyMap<ControlId, Registered> {
	const asked = new Map<ControlId, Registered>();
	for (const [id, registered] of Object.entries(registry)) {
		const control = id as ControlId; // The map's keys are the catalogue's.
		const {level, tiers} = settings[control];
		if (level !== 'off' || Object.values(tiers).some(each => each !== 'off')) {
			asked.set(control, registered);
		}
	}

	return asked;
}

/** What an event can have changed is asked at once: `all` after a start or under a new policy. */
export function reachOf(trigger: string): 'all' | 'configuration' | 'due' {
	if (trigger === 'event:start' || trigger === 'policy') {
		return 'all';
	}

	return trigger.startsWith('event:') ? 'configuration' : 'due';
}

/** From 0 up to 1, and always the same for a container: those that started together do not stay together. */
export function jitterOf(id: string): number {
	return createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;
}

/**
 * Observations in a row that open or close an episode: the policy's word, else one for what is read and two for what is asked
 * over the network, where a single slip is nobody's failure.
 */
export function neededOf({tolerance}: Setting['params'], pace: Pace | undefined): number {
	const usual = pace === 'configuration' ? 1 : 2;
	return typeof tolerance === 'number' && tolerance >= 1 ? Math.min(Math.floor(tolerance), 100) : usual;
}

export const never: Next = {
	prompt: Number.POSITIVE_INFINITY,
	light: Number.POSITIVE_INFINITY,
	long: Number.POSITIVE_INFINITY,
};
