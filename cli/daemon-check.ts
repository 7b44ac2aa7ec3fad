import type {Io} from './io.ts';

/** `sallyport daemon check`: what a daemon with these options can see on this host, and what it cannot. */
export async function runDaemonCheck(_argv: readonly string[], io: Io): Promise<number> {
	io.stdout.write('not yet\n');
	return 2;
}
