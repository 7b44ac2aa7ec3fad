import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {recordClient} from './record-client.ts';

/** `sallyport daemon health`: for a container's health check, which knows 0 and 1 only, and comes twice a minute. */
export async function runDaemonHealth(argv: readonly string[], io: Io): Promise<number> {
	const socket = await socketOf(argv, io.env);
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

/** Where options or a file may say it, they are read as the daemon reads them; else there is nothing to load that for. */
async function socketOf(argv: readonly string[], env: Io['env']): Promise<string> {
	if (argv.length === 0 && (env['SALLYPORT_CONFIG'] ?? '') === '') {
		return env['SALLYPORT_SOCKET'] || '/run/sallyport/api.sock';
	}

	const {readConfig} = await import('../daemon/config.ts');
	return readConfig(argv, env).socket;
}
