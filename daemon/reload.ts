import type {Config} from './config.ts';
import {reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import {type Rules, readRules} from './rules.ts';

/** Rules that can be exchanged while the daemon runs. Whoever judges asks `current` anew each time. */
export interface LiveRules {
	readonly current: () => Rules;
	/** Reads everything again. What cannot be used changes nothing, and the diary says why. Never throws. */
	readonly reload: () => Promise<void>;
}

export interface Reloading {
	/** The configuration as it is written now. */
	readonly reread: () => Config;
	readonly report: Report;
	/** After new rules are in force. */
	readonly onChange: (config: Config) => void;
}

/** What a running daemon takes from a changed configuration. */
const changeable: ReadonlySet<keyof Config> = new Set(['policy', 'trust', 'attestations', 'alerts']);

export function liveRules(first: Rules, config: Config, {reread, report, onChange}: Reloading): LiveRules {
	let rules = first;
	let working: Promise<void> | undefined;
	let isAskedAgain = false;

	async function once(): Promise<void> {
		try {
			const next = reread();
			const fixed = fixedChanges(config, next);
			if (fixed.length > 0) {
				report('CONFIG_NEEDS_RESTART', {options: fixed});
			}

			rules = await readRules(next, report);
			report('CONFIG_RELOADED', {
				policy: rules.policy.name,
				version: rules.policy.version,
				digest: rules.policy.digest['sha256'],
				waivers: rules.bundle.standing?.waivers.length ?? 0,
				approval: rules.bundle.standing?.approval.state,
			});
			onChange(next);
		} catch (error) {
			const code = error instanceof Error && 'code' in error ? error.code : undefined;
			report('CONFIG_KEPT', {code, reason: reasonOf(error)});
		}
	}

	async function work(): Promise<void> {
		do {
			isAskedAgain = false;
			await once();
		} while (isAskedAgain);
	}

	return {
		current: () => rules,
		// However often it is asked while files are read, they are read once more afterwards.
		reload: () => {
			isAskedAgain = true;
			working ??= work().finally(() => {
				working = undefined;
			});
			return working;
		},
	};
}

function fixedChanges(before: Config, after: Config): readonly string[] {
	const keys = Object.keys(after) as (keyof Config)[]; // The type's own keys.
	return keys.filter(key => !changeable.has(key) && !isSame(before[key], after[key]));
}

function isSame(a: unknown, b: unknown): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}
