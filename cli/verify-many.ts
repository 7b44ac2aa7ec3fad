import {DaemonError, reasonOf} from '../daemon/error.ts';
import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {printable} from './printable.ts';
import type {Verifying} from './verify-container.ts';
import type {Examined} from './verify-examined.ts';
import {type Asked, examine} from './verify-look.ts';

/** Looks side by side: each opens a dozen connections, and the engine has other things to do. */
const AT_ONCE = 4;

/** @returns everything that could be looked at; not complete when a name meant nothing */
export async function examineAll(
	verifying: Verifying,
	asked: Asked,
	io: Io,
	signal: AbortSignal,
): Promise<{readonly examined: readonly Examined[]; readonly isComplete: boolean}> {
	const names = await namesOf(verifying, asked, signal);
	const progress = progressOn(io, names.length);
	const examined: Examined[] = [];
	const waiting = [...names];
	let isComplete = true;

	async function work(): Promise<void> {
		for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
			signal.throwIfAborted();
			try {
				const each = await examine(verifying, name, asked, signal);
				examined.push(each);
				progress.step(each);
			} catch (error) {
				// With --all, a container that ended meanwhile is no mistake of anybody's.
				const isGone = asked.isAll && error instanceof DaemonError && error.code === 'TARGET_GONE';
				if (!isGone && !signal.aborted) {
					progress.say(told(name, error));
					isComplete = false;
				}
			}
		}
	}

	try {
		await Promise.all(Array.from({length: AT_ONCE}, work));
	} finally {
		progress.end();
	}

	return {examined, isComplete};
}

/** One name's mistake stops no other; a defect of ours stops everything. */
function told(name: string, error: unknown): string {
	if (!(error instanceof DaemonError || error instanceof CliError)) {
		throw error;
	}

	return `sallyport verify: ${printable(name)}: ${printable(reasonOf(error))}\n`;
}

async function namesOf(
	{engine}: Pick<Verifying, 'engine'>,
	{names, isAll}: Asked,
	signal: AbortSignal,
): Promise<readonly string[]> {
	return isAll ? (await engine.running(signal)).map(({id}) => id) : [...new Set(names)];
}

interface Progress {
	readonly step: (examined: Examined) => void;
	readonly say: (line: string) => void;
	readonly end: () => void;
}

/** One line that is written over, where somebody sits before it; nothing at all where not. */
function progressOn({stderr}: Io, total: number): Progress {
	const isLive = stderr.isTTY === true;
	let done = 0;
	let failed = 0;
	const clear = (): void => {
		if (isLive) {
			stderr.write('\r\u001B[K');
		}
	};
	const draw = (name: string): void => {
		if (isLive) {
			clear();
			stderr.write(`${done} of ${total}, ${failed} fail  ${printable(name).slice(0, 40)}`);
		}
	};
	draw('');
	return {
		step: ({name, verdict}) => {
			done += 1;
			failed += verdict === 'fail' ? 1 : 0;
			draw(name);
		},
		say: line => {
			clear();
			stderr.write(line);
		},
		end: clear,
	};
}
