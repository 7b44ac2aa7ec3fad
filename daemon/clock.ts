/** What time it is, as statements say it. */
export interface Clock {
	/** Never earlier than what it said before, whatever happens to the host's clock. */
	readonly now: () => Date;
	/** How far the host's clock has moved by itself since the check before this one; undefined when it has not. */
	readonly check: () => Drift | undefined;
	/** Time begins no earlier than this: what is in the log already. */
	readonly notBefore: (time: Date) => void;
}

/** `clock-regression` lives the stretch twice; `clock-jump` does not live it at all, and nor does a machine that sleeps. */
export interface Drift {
	readonly kind: 'clock-jump' | 'clock-regression';
	readonly from: Date;
	readonly to: Date;
}

/** Less is how clocks are kept right. */
const TOLERANCE_MS = 2000;

/** How fast time goes while the host's clock is behind what was said already: it comes to meet it. */
const SLOWLY = 0.5;

/** @param wall and monotonic in milliseconds */
export function openClock(wall = () => Date.now(), monotonic = () => performance.now()): Clock {
	let said = {at: wall(), by: monotonic()};
	let checked = said;
	return {
		now: () => {
			const by = monotonic();
			const at = Math.max(wall(), said.at + SLOWLY * (by - said.by));
			said = {at, by};
			return new Date(at);
		},
		check: () => {
			const before = checked;
			checked = {at: wall(), by: monotonic()};
			const expected = before.at + (checked.by - before.by);
			const moved = checked.at - expected;
			if (Math.abs(moved) <= TOLERANCE_MS) {
				return;
			}

			return moved > 0
				? {kind: 'clock-jump', from: new Date(expected), to: new Date(checked.at)}
				: {kind: 'clock-regression', from: new Date(checked.at), to: new Date(expected)};
		},
		notBefore: time => {
			said = {at: Math.max(said.at, time.getTime()), by: said.by};
		},
	};
}
