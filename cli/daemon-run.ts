import {ApiError} from '../daemon/api/status.ts';
import {configHelp, readConfig} from '../daemon/config.ts';
import {DaemonError, reasonOf} from '../daemon/error.ts';
import {LogError} from '../daemon/log/error.ts';
import {startReport} from '../daemon/logger.ts';
import {watch} from '../daemon/main.ts';
import {StoreError} from '../daemon/store/error.ts';
import {PolicyError} from '../policies/error.ts';
import type {Io} from './io.ts';

/**
 * Watches until SIGTERM or SIGINT, finishes what it began, and ends with 0. A second signal ends it at once. 2 for a wrong
 * configuration, 1 for everything else that kept it from watching.
 */
export async function runWatch(argv: readonly string[], io: Io, more: string): Promise<number> {
	if (argv.includes('--help')) {
		io.stdout.write(`${configHelp()}${more}`);
		return 0;
	}

	return runUntilSignal(() => readConfig(argv, io.env));
}

/** Failures with a sentence for the operator; anything else is a defect of ours and keeps its stack. */
const known = [ApiError, DaemonError, LogError, PolicyError, StoreError];

async function runUntilSignal(reread: () => ReturnType<typeof readConfig>): Promise<number> {
	const config = reread();
	const {report, close} = startReport(config.logLevel);
	const stop = new AbortController();
	let isDone = false;
	const onSignal = (): void => {
		if (stop.signal.aborted) {
			// Asked twice: whoever asks does not want to wait. The log survives this; what was begun is not recorded.
			process.exit(isDone ? 0 : 1);
		}

		stop.abort();
	};
	process.on('SIGTERM', onSignal);
	process.on('SIGINT', onSignal);
	let reload = (): Promise<void> => Promise.resolve();
	const onHangup = (): void => void reload();
	process.on('SIGHUP', onHangup);
	try {
		const ready = (begun: typeof reload): void => {
			reload = begun;
		};
		await watch(config, report, stop.signal, {reread, ready});
		isDone = true;
		report('DAEMON_STOPPED');
		return 0;
	} catch (error) {
		if (!known.some(kind => error instanceof kind)) {
			throw error;
		}

		// From here on everything is said in the diary, for whoever collects it.
		const code = error instanceof Error && 'code' in error ? error.code : undefined;
		report('DAEMON_FAILED', {code, reason: reasonOf(error)});
		return code === 'CONFIG_INVALID' ? 2 : 1;
	} finally {
		await close();
		process.off('SIGTERM', onSignal);
		process.off('SIGINT', onSignal);
		process.off('SIGHUP', onHangup);
	}
}
