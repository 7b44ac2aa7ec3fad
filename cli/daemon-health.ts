import {readConfig} from '../daemon/config.ts';
import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {recordClient} from './record-client.ts';

/** `sallyport daemon health`: for a container's health check, which knows 0 and 1 only. */
export async function runDaemonHealth(argv: readonly string[], io: Io): Promise<number> {
	const {socket} = readConfig(argv, io.env);
	try {
		await recordClient(`unix:${socket}`)('/readyz');
	} catch (error) {
		if (!(error instanceof CliError)) {
			throw error;
		}

		io.stderr.write(`sallyport daemon health: ${error.message}\n`);
		return 1;
	}

	io.stdout.write('The daemon answers, and its log is whole\n');
	return 0;
}
