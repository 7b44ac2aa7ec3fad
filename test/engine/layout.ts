import {createHash} from 'node:crypto';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {EngineError} from './error.ts';
import {packages, type Suite} from './releases.ts';

export type ImageStore = 'graph-driver' | 'containerd';

/** Where one engine of our own keeps itself. Everything is below `home` or `root`; nothing is elsewhere. */
export interface Layout {
	readonly suite: Suite;
	readonly store: ImageStore;
	/** The private Debian root; two engines of one suite share it. */
	readonly root: string;
	readonly home: string;
	readonly socket: string;
	readonly host: string;
	readonly log: string;
	readonly state: string;
	readonly lock: string;
	/** One file per process that uses the engine. */
	readonly leases: string;
	/** Exists while the engine is to outlive its users. */
	readonly kept: string;
	/** Name of the bridge and of the control group: both are how leftovers are recognised. */
	readonly bridge: string;
}

/** The folder for everything that is made once and kept: roots, image data, the docker client's plugins. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
	const base =
		env['SALLYPORT_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sallyport');
	return join(base, 'engine');
}

/** @throws EngineError `ENGINE_NOT_STARTED` when the cache lies too deep for a Unix socket */
export function layoutOf(cache: string, suite: Suite, store: ImageStore): Layout {
	const home = join(cache, store === 'containerd' ? `${suite}-containerd` : suite);
	const socket = join(home, 'run', 'docker.sock');
	// sockaddr_un holds 108 bytes with the closing zero; beyond it dockerd fails with a riddle.
	if (Buffer.byteLength(socket) > 107 || /\s/.test(socket)) {
		throw new EngineError(
			'ENGINE_NOT_STARTED',
			`The engine's socket cannot be ${socket}: set SALLYPORT_CACHE to a folder with a shorter name and no spaces`,
		);
	}

	return {
		suite,
		store,
		root: join(cache, 'roots', `${suite}-${shortDigestOf(packages[suite].join(','))}`),
		home,
		socket,
		host: `unix://${socket}`,
		log: join(home, 'dockerd.log'),
		state: join(home, 'state.json'),
		lock: join(home, 'lock'),
		leases: join(home, 'leases'),
		kept: join(home, 'kept'),
		// Interface names hold 15 characters, and two caches on one machine must not share a bridge.
		bridge: `sallyport-${shortDigestOf(home)}`,
	};
}

function shortDigestOf(text: string): string {
	return createHash('sha256').update(text).digest('hex').slice(0, 5);
}
