import {DaemonError, reasonOf} from '../daemon/error.ts';
import type {Io} from './io.ts';
import {printable} from './printable.ts';

/** `sallyport daemon`: watches, or one of the questions below. Nothing is loaded but what is asked for: a health check asks often. */
export async function runDaemon(argv: readonly string[], io: Io): Promise<number> {
	const [first = '', ...rest] = argv;
	const load = Object.hasOwn(subcommands, first) ? subcommands[first] : undefined;
	try {
		if (load !== undefined) {
			const command = await load();
			return await command(rest, io);
		}

		const {runWatch} = await import('./daemon-run.ts');
		return await runWatch(argv, io, subcommandHelp);
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
