import {setTimeout as sleep} from 'node:timers/promises';
import {paint} from '../frontend/paint.ts';
import type {Look} from '../frontend/report.ts';
import {type Io, lookOf} from './io.ts';
import {printable} from './printable.ts';
import type {Verifying} from './verify-container.ts';
import {type Examined, isPassed} from './verify-examined.ts';
import type {Asked} from './verify-look.ts';
import {examineAll} from './verify-many.ts';
import {textOf} from './verify-text.ts';

interface Watching {
	readonly io: Io;
	readonly isJson: boolean;
	readonly intervalMs: number;
	readonly signal: AbortSignal;
}

/** Looks until the signal: everything once, then what is different. Lines only, also on a terminal: they can be kept. */
export async function watchChanges(
	verifying: Verifying,
	asked: Asked,
	{io, isJson, intervalMs, signal}: Watching,
): Promise<number> {
	const look = lookOf(io);
	let before: ReadonlyMap<string, Examined> | undefined;
	let isComplete = true;
	while (!signal.aborted) {
		const seen = await examineAll(verifying, asked, io, signal).catch((error: unknown) => {
			if (signal.aborted) {
				return undefined;
			}

			throw error;
		});
		if (seen === undefined || signal.aborted) {
			break;
		}

		isComplete = seen.isComplete;
		const now = new Map(seen.examined.map(each => [`${each.what} ${each.name}`, each]));
		io.stdout.write(isJson ? jsonLines(before, now) : textLines(before, now, look));
		before = now;
		await sleep(intervalMs, undefined, {signal}).catch(() => undefined);
	}

	const last = [...(before?.values() ?? [])];
	return isComplete ? (last.length > 0 && last.every(isPassed) ? 0 : 1) : 2;
}

type Seen = ReadonlyMap<string, Examined>;

function textLines(before: Seen | undefined, now: Seen, look: Look): string {
	if (before === undefined) {
		const isBrief = now.size > 1;
		return [...now.values()].map(each => `${textOf(each, look, {isBrief})}`).join('\n');
	}

	const at = new Date().toISOString().slice(11, 19);
	return changesOf(before, now, look)
		.map(line => `${paint(at, 'dim', look)}  ${line}\n`)
		.join('');
}

function jsonLines(before: Seen | undefined, now: Seen): string {
	return [...now]
		.filter(([key, each]) => {
			const old = before?.get(key);
			return old === undefined || changedIn(old, each).length > 0;
		})
		.map(([, each]) => `${JSON.stringify(each.statement)}\n`)
		.join('');
}

function changesOf(before: Seen, now: Seen, look: Look): readonly string[] {
	const gone = [...before].filter(([key]) => !now.has(key)).map(([, {name}]) => `${printable(name)} is gone`);
	const changed = [...now].flatMap(([key, each]) => {
		const name = paint(printable(each.name), 'bold', look);
		const old = before.get(key);
		if (old === undefined) {
			return [`${name} is new: ${each.verdict}`];
		}

		const lines = changedIn(old, each).map(change => `${name}  ${change}`);
		return old.verdict === each.verdict ? lines : [...lines, `${name}  ${old.verdict} → ${each.verdict}`];
	});
	return [...gone, ...changed];
}

/** Results, not sentences: a number in a message that differs at each look is no change. */
function changedIn(old: Examined, each: Examined): readonly string[] {
	const results = new Map(old.checks.map(({control, result}) => [control, result]));
	const fresh = each.checks.flatMap(({control, result, message}) => {
		const was = results.get(control) ?? 'not asked';
		return was === result
			? []
			: [`${control}: ${was} → ${result}${message === undefined ? '' : `, ${printable(message)}`}`];
	});
	return fresh;
}
