import {parentPort, workerData} from 'node:worker_threads';
import {checkTask, type Task} from './check-task.ts';
import type {Answer, Work} from './crew.ts';
import {sentenceOf} from './problem.ts';
import type {FileReport} from './told.ts';

// One of the threads of `crew.ts`: it judges what it is sent until it is stopped.
const answer = (message: Answer): void => parentPort?.postMessage(message);

try {
	const check = await checkTask(workerData as Task); // Sent by `crew.ts`, of this very version.
	parentPort?.on('message', async ({number, inputs}: Work) => {
		const reports: FileReport[] = [];
		for await (const report of check(inputs)) {
			reports.push(report);
		}

		answer({number, reports});
	});
	answer('ready');
} catch (error) {
	const refused = sentenceOf(error);
	if (refused === undefined) {
		throw error;
	}

	answer({refused});
}
