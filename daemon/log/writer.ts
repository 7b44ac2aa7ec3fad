import {type Admitted, admission} from './admit.ts';
import {committer, failed, refuseBroken} from './commit.ts';
import {LogError} from './error.ts';
import type {Log, LogOptions, Position} from './log.ts';
import type {State} from './state.ts';
import {startVerifier} from './verifier.ts';

// At most one anchor write a second: each is a file that is synced.
const ANCHOR_EVERY_MS = 1000;

interface Pending {
	/** Still being verified, perhaps. Its place in the queue is its place in the log. */
	readonly admission: Promise<Admitted>;
	readonly resolve: (position: Position) => void;
	readonly reject: (error: LogError) => void;
}

/** The writing half: one queue, one batch at a time, and nobody is answered before the commit has returned. */
export function logWriter(options: LogOptions, state: State): Pick<Log, 'append' | 'check' | 'close'> {
	const {store, maxBatch = 32, maxDelayMs = 4, maxQueue = 1024} = options;
	const verifier = startVerifier(options.attestors);
	const admit = admission(options.attestors, verifier);
	const commit = committer(options, state);
	const anchor = anchorer(options, state);
	const queue: Pending[] = [];
	let timer: NodeJS.Timeout | undefined;
	let flushing: Promise<void> | undefined;
	let closed = false;

	const drain = async (): Promise<void> => {
		while (queue.length > 0) {
			await settle(queue.splice(0, maxBatch), commit);
			anchor.schedule();
		}

		// In the same turn as the look at the queue: who appends right after being answered must start the next flush.
		flushing = undefined;
	};
	const flush = async (): Promise<void> => {
		clearTimeout(timer);
		timer = undefined;
		if (flushing === undefined && queue.length > 0) {
			flushing = drain();
		}

		await flushing;
	};
	const enqueue = (admission: Promise<Admitted>): Promise<Position> =>
		new Promise((resolve, reject) => {
			queue.push({admission, resolve, reject});
			if (queue.length >= maxBatch) {
				void flush();
			} else if (flushing === undefined) {
				timer ??= setTimeout(() => void flush(), maxDelayMs);
			}
		});

	return {
		append: async envelope => {
			if (closed) {
				throw new LogError('LOG_CLOSED', 'The log is closed: the daemon is stopping');
			}

			refuseBroken(state);
			if (queue.length >= maxQueue) {
				const message = `${maxQueue} entries wait to be written already; try again in a moment`;
				throw new LogError('LOG_OVERLOADED', message);
			}

			const admission = admit(envelope);
			// Whoever appended hears of a refusal when its turn comes; until then nobody listens.
			admission.catch(() => undefined);
			return enqueue(admission);
		},
		check: async rest => {
			await flushing;
			await state.recheck(rest);
			return state.integrity();
		},
		close: async () => {
			if (closed) {
				return;
			}

			closed = true;
			await flush();
			await anchor.finish();
			await verifier.close();
			await store.close();
		},
	};
}

async function settle(batch: readonly Pending[], commit: ReturnType<typeof committer>): Promise<void> {
	const admissions = await Promise.allSettled(batch.map(({admission}) => admission));
	const taken: {readonly pending: Pending; readonly admitted: Admitted}[] = [];
	for (const [i, pending] of batch.entries()) {
		const admission = admissions[i];
		if (admission?.status === 'fulfilled') {
			taken.push({pending, admitted: admission.value});
		} else {
			pending.reject(errorOf(admission?.reason));
		}
	}

	if (taken.length === 0) {
		return;
	}

	try {
		const positions = await commit(taken.map(({admitted}) => admitted));
		for (const [i, position] of positions.entries()) {
			taken[i]?.pending.resolve(position);
		}
	} catch (cause) {
		for (const {pending} of taken) {
			pending.reject(errorOf(cause));
		}
	}
}

function errorOf(cause: unknown): LogError {
	return cause instanceof LogError ? cause : failed(cause);
}

function anchorer(
	{anchor, marks}: Pick<LogOptions, 'anchor' | 'marks'>,
	state: State,
): {schedule: () => void; finish: () => Promise<void>} {
	let timer: NodeJS.Timeout | undefined;
	let last: Promise<void> = Promise.resolve();
	const write = (): void => {
		timer = undefined;
		const {chain, checkpoint} = state.head();
		const {note, size} = checkpoint;
		// A missed write only makes anchor and mark older; the entries are durable without them.
		const write = async (): Promise<void> => {
			await anchor?.write(note);
			await marks?.write({size, chain});
		};
		last = last.then(() => (size > 0 ? write() : undefined)).catch(() => undefined);
	};
	return {
		schedule: () => {
			timer ??= setTimeout(write, ANCHOR_EVERY_MS).unref();
		},
		finish: async () => {
			clearTimeout(timer);
			if (state.integrity().state === 'ok') {
				write();
			}

			await last;
		},
	};
}
