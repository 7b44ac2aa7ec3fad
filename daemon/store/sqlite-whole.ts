import {Worker} from 'node:worker_threads';

/**
 * Has SQLite look through its own file, page by page, and says what it found. On a thread of its own: a file of a million entries takes
 * it many seconds, in which nobody else would be answered.
 */
export function lookThrough(path: string): Promise<string | undefined> {
	const {promise, resolve, reject} = Promise.withResolvers<string | undefined>();
	const worker = new Worker(SOURCE, {eval: true, workerData: path, env: {}, execArgv: []});
	worker.on('message', (found: unknown) =>
		resolve(found === 'ok' ? undefined : `SQLite finds its file damaged: ${String(found)}`),
	);
	worker.on('error', reject);
	worker.on('exit', () => reject(new Error('the thread that looked through the file ended')));
	return promise;
}

// Text and not a file, because the daemon is shipped as one bundle, in which a second file would have no name.
const SOURCE = `
const {DatabaseSync} = require('node:sqlite');
const {parentPort, workerData} = require('node:worker_threads');
const db = new DatabaseSync(workerData, {readOnly: true});
parentPort.postMessage(db.prepare('PRAGMA integrity_check(1)').get().integrity_check);
db.close();
`;
