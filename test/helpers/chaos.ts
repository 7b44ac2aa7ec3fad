import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileAnchor} from '../../daemon/log/anchor.ts';
import {loadOrCreateKey, signerOf} from '../../daemon/log/keys.ts';
import {openLog} from '../../daemon/log/log.ts';
import {openStore} from '../../daemon/store/index.ts';
import {type Envelope, payloadOf} from '../../proto/envelope.ts';
import {type Coverage, readStatement} from '../../proto/statement.ts';
import {startDaemon} from './bundled-daemon.ts';
import {eventually} from './eventually.ts';

/** A line of the diary. */
export interface Said {
	readonly event: string;
	readonly container?: string;
	readonly position?: number;
	readonly reason?: string;
	readonly timestamp: string;
}

/** A daemon that is killed and started again in one place, and all that it ever acknowledged. */
export interface Chaotic extends AsyncDisposable {
	readonly said: readonly Said[];
	start(): Promise<void>;
	/** @returns when it was dead */
	kill(): Promise<Date>;
	stop(): Promise<void>;
	/** What lies in the log, read by nothing of the daemon's. It MUST be stopped. */
	record(): Promise<Recorded>;
}

export interface Recorded {
	readonly integrity: string;
	/** Position → container, empty for what is about none. */
	readonly entries: Map<number, string>;
	readonly gaps: {readonly from: Date; readonly to: Date}[];
}

/** @param main as `bundleDaemon` made it @param parent for its folder @param state where that is to be elsewhere */
export function chaotic(main: string, host: string, parent: string, state?: string): Chaotic {
	const folder = mkdtempSync(join(parent, 'daemon-'));
	const said: Said[] = [];
	let child: ChildProcess | undefined;

	const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
		const running = child;
		child = undefined;
		if (running !== undefined && running.exitCode === null) {
			running.kill(signal);
			await once(running, 'exit');
		}
	};
	const stateAt = state ?? join(folder, 'state');
	return {
		said,
		start: async () => {
			const begun = said.length;
			const flags = [
				'--interval',
				'1',
				'--debounce-ms',
				'20',
				...(state === undefined ? [] : ['--state', state]),
			];
			const running = startDaemon(main, folder, host, flags);
			child = running;
			createInterface({input: running.stderr}).on('line', line => {
				if (line.startsWith('{')) {
					said.push(JSON.parse(line) as Said);
				}
			});
			await eventually(() => said.slice(begun).some(({event}) => event === 'DAEMON_STARTED'));
		},
		kill: async () => {
			await end('SIGKILL');
			return new Date();
		},
		stop: () => end('SIGTERM'),
		record: () => recordAt(stateAt),
		[Symbol.asyncDispose]: async () => {
			await end('SIGKILL');
			rmSync(folder, {recursive: true, force: true});
		},
	};
}

async function recordAt(state: string): Promise<Recorded> {
	const logKey = signerOf(await loadOrCreateKey(join(state, 'log.key')));
	const attestor = signerOf(await loadOrCreateKey(join(state, 'attestation.key')));
	const store = await openStore(`sqlite:${join(state, 'log.db')}`);
	const note = (await store.head()).checkpoint?.note ?? '';
	const log = await openLog({
		store,
		logKey,
		origin: note.split('\n')[0] ?? '',
		attestors: [attestor.publicKey],
		anchor: fileAnchor(join(state, 'anchor')),
	});
	const recorded: Recorded = {
		integrity: log.integrity().state,
		entries: new Map(),
		gaps: [],
	};
	const size = log.checkpoint().size;
	for (let after = -1; after < size - 1; ) {
		const resume = {after, size, total: size};
		const page = await log.list({filter: {}, order: 'oldest', limit: 500, resume});
		for (const {id, position, container = ''} of page.entries) {
			recorded.entries.set(position, container);
			recorded.gaps.push(...gapsIn((await log.get(id)).envelope));
		}

		after = page.entries.at(-1)?.position ?? size;
	}

	await log.close();
	return recorded;
}

function gapsIn(envelope: Envelope): Recorded['gaps'] {
	const {predicate} = readStatement(payloadOf(envelope)) as {readonly predicate: Partial<Coverage>};
	return (predicate.gaps ?? []).map(({from, to}) => ({from: new Date(from), to: new Date(to)}));
}
