import {readConfig} from '../daemon/config.ts';
import type {Io} from './io.ts';
import {recordClient} from './record-client.ts';

/** `sallyport daemon health`: for a container's health check. Throws what keeps the daemon from answering, as one sentence. */
export async function runDaemonHealth(argv: readonly string[], io: Io): Promise<number> {
	const {socket} = readConfig(argv, io.env);
	await recordClient(`unix:${socket}`)('/readyz');
	io.stdout.write('The daemon answers, and its log is whole\n');
	return 0;
}
