import {ApiError} from '../daemon/api/status.ts';
import {configHelp, readConfig} from '../daemon/config.ts';
import {DaemonError, reasonOf} from '../daemon/error.ts';
import {LogError} from '../daemon/log/error.ts';
import {startReport} from '../daemon/logger.ts';
import {watch} from '../daemon/main.ts';
import {StoreError} from '../daemon/store/error.ts';
import {PolicyError} from '../policies/error.ts';
import type {Io} from './io.ts';
import {printable} from './printable.ts';

/**
 * `sallyport daemon`: watches until SIGTERM or SIGINT, finishes what it began, and ends with 0. A second signal ends it
 * at once. 2 for a wrong configuration, 1 for everything else that kept it from watching.
 */
export async function runDaemon(argv: readonly string[], io: Io): Promise<number> {
	const [first = '', ...rest] = argv;
	const load = Object.hasOwn(subcommands, first) ? subcommands[first] : undefined;

	if (load === undefined && argv.includes('--help')) {
		io.stdout.write(`${configHelp()}${subcommandHelp}`);
		return 0;
	}

	try {
		if (load !== undefined) {
			const command = await load();
			return await command(rest, io);
		}

		return await runUntilSignal(() => readConfig(argv, io.env));
	} catch (error) {
		if (!(error instanceof DaemonError)) {
			throw error;
		}

		const name = load === undefined ? 'daemon' : `daemon ${first}`;
		io.stderr.write(`sallyport ${name}: ${printable(reasonOf(error))}\n`);
		return 2;
	}
}

type Command = (argv: readonly string[], io: Io) => Promise<number>;

/** What is asked of a daemon or of its host, besides watching. */
const subcommands: Readonly<Record<string, () => Promise<Command>>> = {
	check: async () => (await import('./daemon-check.ts')).runDaemonCheck,
	episodes: async () => (await import('./daemon-episodes.ts')).runEpisodes,
	acknowledge: async () => (await import('./daemon-episodes.ts')).runAcknowledge,
	'alert-test': async () => (await import('./daemon-episodes.ts')).runAlertTest,
	health: async () => (await import('./daemon-health.ts')).runDaemonHealth,
};

const subcommandHelp = `
  sallyport daemon check           what a daemon with these options can see on this host, and what it cannot
  sallyport daemon episodes        what fails now and who has it (--state, --container, --control, --json, --server)
  sallyport daemon acknowledge ID  takes an episode on, or says that a test alert arrived (--by NAME --reason TEXT)
  sallyport daemon alert-test      sends a test through every channel of alerts (--by NAME)
  sallyport daemon health          0 when the daemon at this socket answers and its log is whole
`;

/** Failures with a sentence for the operator; anything else is a defect of ours and keeps its stack. */
const known = [ApiError, DaemonError, LogError, PolicyError, StoreError];

async function runUntilSignal(reread: () => ReturnType<typeof readConfig>): Promise<number> {
	const config = reread();
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
	let reload = (): Promise<void> => Promise.resolve();
	const onHangup = (): void => void reload();
	process.on('SIGHUP', onHangup);
	try {
		const ready = (begun: typeof reload): void => {
			reload = begun;
		};
		await watch(config, report, stop.signal, {reread, ready});
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
		process.off('SIGTERM', onSignal);
		process.off('SIGINT', onSignal);
		process.off('SIGHUP', onHangup);
		await close();
	}
}
