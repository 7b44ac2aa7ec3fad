import {configHelp, readConfig} from '../daemon/config.ts';
import {DaemonError, reasonOf} from '../daemon/error.ts';
import {startReport} from '../daemon/logger.ts';
import {watch} from '../daemon/main.ts';

/** What a command may touch of its process. `process` itself fits. */
interface Io {
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly stdout: {write(text: string): unknown};
	readonly stderr: {write(text: string): unknown};
}

/**
 * `sallyport daemon`: watches until SIGTERM or SIGINT, finishes what it began, and ends with 0. A second signal ends it
 * at once. 2 for a wrong configuration, 1 for everything else that kept it from watching.
 */
export async function runDaemon(argv: readonly string[], io: Io): Promise<number> {
	if (argv.includes('--help')) {
		io.stdout.write(configHelp());
		return 0;
	}

	try {
		const config = readConfig(argv, io.env);
		return await runUntilSignal(config);
	} catch (error) {
		io.stderr.write(`sallyport daemon: ${reasonOf(error)}\n`);
		return error instanceof DaemonError && error.code === 'CONFIG_INVALID' ? 2 : 1;
	}
}

async function runUntilSignal(config: ReturnType<typeof readConfig>): Promise<number> {
	const {report, close} = startReport(config.logLevel);
	const stop = new AbortController();
	const onSignal = (): void => {
		if (stop.signal.aborted) {
			// Asked twice: whoever asks does not want to wait. The log survives this; what was begun is not recorded.
			process.exit(1);
		}

		stop.abort();
	};
	process.on('SIGTERM', onSignal);
	process.on('SIGINT', onSignal);
	try {
		await watch(config, report, stop.signal);
		report('DAEMON_STOPPED');
		return 0;
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? error.code : 'UNKNOWN';
		report('DAEMON_FAILED', {code, reason: reasonOf(error)});
		throw error;
	} finally {
		process.off('SIGTERM', onSignal);
		process.off('SIGINT', onSignal);
		await close();
	}
}
