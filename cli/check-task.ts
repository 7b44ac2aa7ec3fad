import {checkAll} from './check-all.ts';
import {collector} from './collect.ts';
import {type FixValues, fixingOf} from './fixing.ts';
import type {Inputs} from './inputs.ts';
import {workbench} from './look.ts';
import type {Judging} from './look-options.ts';
import type {FileReport} from './told.ts';

/** What the options say about how files are judged, as they came: it goes to threads. */
export type Task = Judging & FixValues;

/** Reads what is common to all files, and gives the function that judges some of them. @throws for what the options name wrongly */
export async function checkTask(task: Task): Promise<(inputs: Inputs) => AsyncGenerator<FileReport>> {
	const fixing = fixingOf(task);
	const bench = workbench(task, fixing?.named);
	await bench.prepare();
	const collect = collector();
	return async function* (inputs) {
		for await (const report of checkAll(inputs, bench, fixing)) {
			yield report;
			collect();
		}
	};
}
