import {Worker} from 'node:worker_threads';
import {collector} from './collect.ts';
import {CliError} from './error.ts';
import type {Inputs} from './inputs.ts';
import type {FileReport} from './told.ts';

/** What a thread is sent: files to judge, and what it answers: their reports, or that it is ready for the first ones. */
export interface Work {
	readonly number: number;
	readonly inputs: Inputs;
}

export type Answer =
	| 'ready'
	/** What the command line names wrongly, as a sentence. */
	| {readonly refused: string}
	| {readonly number: number; readonly reports: readonly FileReport[]};

/** Below this one thread is done before several are warm: each has to load and compile for itself. */
const MIN_FILES = 400;
/** Files that a thread is sent at a time: few enough that all are busy until the end. */
const BATCH = 8;

/** In MiB: what one file leaves behind is gone with the next, so a small young generation will do. */
const limits = {maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 1024};

/**
 * How many threads these files are worth; 0 for none besides this one. A thread can be given a small young generation, which a
 * process that has started cannot: one thread judges ten thousand files in 160 MB. Two take a tenth less time, and 200 MB.
 */
export function threadsFor(files: number): number {
	return files < MIN_FILES ? 0 : 1;
}

/**
 * Judges files on several threads, and tells of them in their order.
 * @param task what the threads need besides files; must be cloneable
 * @throws whatever a thread dies of; the others are stopped then
 */
export async function* checkTogether(
	inputs: Inputs,
	task: unknown,
	threads: number,
): AsyncGenerator<FileReport> {
	const batches = batchesOf(inputs);
	const done = new Map<number, readonly FileReport[]>();
	const crew = Array.from({length: threads}, () => hire(task));
	const collect = collector();
	const idle: Worker[] = [];
	let sent = 0;
	let told = 0;
	let failure: {readonly error: unknown} | undefined;
	let wake = Promise.withResolvers<void>();
	const fail = (error: unknown): void => {
		failure ??= {error};
		wake.resolve();
	};
	/** Nobody runs far ahead of what is told: reports that wait take memory. */
	const feed = (): void => {
		while (sent < batches.length && sent - told < threads * AHEAD) {
			const worker = idle.pop();
			if (worker === undefined) {
				return;
			}

			worker.postMessage({number: sent, inputs: batches[sent] ?? nothing} satisfies Work);
			sent += 1;
		}
	};
	const onAnswer = (worker: Worker, answer: Answer): void => {
		if (answer !== 'ready' && 'refused' in answer) {
			fail(new CliError('CLI_REFUSED', answer.refused));
			return;
		}

		if (answer !== 'ready') {
			done.set(answer.number, answer.reports);
			wake.resolve();
		}

		idle.push(worker);
		feed();
	};
	for (const worker of crew) {
		worker.on('message', (answer: Answer) => onAnswer(worker, answer));
		worker.on('error', fail);
	}

	try {
		for (; told < batches.length; told += 1) {
			feed();
			while (!done.has(told)) {
				await wake.promise;
				wake = Promise.withResolvers();
				if (failure !== undefined) {
					throw failure.error;
				}
			}

			for (const report of done.get(told) ?? []) {
				yield report;
				collect();
			}

			done.delete(told);
		}
	} finally {
		await Promise.all(crew.map(worker => worker.terminate()));
	}
}

/** Batches that each thread may be ahead of what is told. */
const AHEAD = 3;
const nothing: Inputs = {order: [], builds: [], asides: [], problems: []};

function hire(task: unknown): Worker {
	// From sources, and from the bundle that lies beside its own copy of the thread's file.
	const file = import.meta.url.endsWith('.ts') ? './check-thread.ts' : './check-thread.mjs';
	return new Worker(new URL(file, import.meta.url), {workerData: task, resourceLimits: limits});
}

/** The same inputs in parts, each with all that belongs to its files. */
function batchesOf({builds, asides, problems, order}: Inputs): readonly Inputs[] {
	const files = [...new Set(order)];
	const buildsOf = Map.groupBy(builds, ({file}) => file);
	const asidesOf = Map.groupBy(asides, ({file}) => file);
	const problemsOf = Map.groupBy(problems, ({file}) => file);
	return Array.from({length: Math.ceil(files.length / BATCH)}, (_, number) => {
		const part = files.slice(number * BATCH, (number + 1) * BATCH);
		return {
			order: part,
			builds: part.flatMap(file => buildsOf.get(file) ?? []),
			asides: part.flatMap(file => asidesOf.get(file) ?? []),
			problems: part.flatMap(file => problemsOf.get(file) ?? []),
		};
	});
}
