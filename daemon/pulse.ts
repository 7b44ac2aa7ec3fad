import {open, readFile, rename} from 'node:fs/promises';
import type {Clock, Drift} from './clock.ts';

/** When this daemon was last alive, for the one after it. */
export interface Heartbeat {
	readonly read: () => Promise<Date | undefined>;
	readonly write: (at: Date) => Promise<void>;
}

export interface PulseParts {
	readonly clock: Clock;
	readonly heartbeat: Heartbeat | undefined;
	readonly everyMs: number;
	readonly onDrift: (drift: Drift) => void;
	/** This process itself stood still: it was stopped, or had too much to do to look. */
	readonly onSilence: (from: Date, to: Date) => void;
	readonly onFailure: (error: unknown) => void;
}

/** The clock is looked at more often than the heartbeat is written. */
const CHECKS = 6;

/** Beats until it is stopped. Missing beats are noticed by the next daemon, and those that came late by this one. */
export function startPulse(parts: PulseParts): {readonly stop: () => Promise<void>} {
	const {clock, heartbeat, everyMs, onDrift, onSilence, onFailure} = parts;
	let last = {at: clock.now(), by: performance.now()};
	let beats = 0;
	let writing = Promise.resolve();

	function beat(): void {
		const now = {at: clock.now(), by: performance.now()};
		const drift = clock.check();
		if (drift !== undefined) {
			onDrift(drift);
		} else if (now.by - last.by > 2 * everyMs) {
			onSilence(last.at, now.at);
		}

		last = now;
		if (beats % CHECKS === 0) {
			write(now.at);
		}

		beats += 1;
	}

	function write(at: Date): void {
		// One after the other: an older beat must not replace a newer one.
		writing = writing.then(() => heartbeat?.write(at)).catch(onFailure);
	}

	beat();
	const timer = setInterval(beat, everyMs / CHECKS);
	timer.unref();
	return {
		stop: async () => {
			clearInterval(timer);
			write(clock.now());
			await writing;
		},
	};
}

/** A time in a file, replaced and never torn. */
export function heartbeatFile(path: string): Heartbeat {
	return {
		read: async () => {
			const text = await readFile(path, 'utf8').catch(() => '');
			const at = new Date(text.trim().slice(0, 40));
			return Number.isNaN(at.getTime()) ? undefined : at;
		},
		write: async at => {
			const next = `${path}.next`;
			await using file = await open(next, 'w', 0o600);
			await file.writeFile(`${at.toISOString()}\n`);
			await file.sync();
			await rename(next, path);
		},
	};
}
