import {posix} from 'node:path';
import {extract} from 'tar-stream';
import {DaemonError} from '../error.ts';

/** How a file lies in a container: everything but its content, which is not looked at. */
export interface FileFacts {
	/** Where it really is, after links. */
	readonly path: string;
	readonly kind: 'file' | 'directory' | 'other';
	readonly mode: number;
	/** As the container counts users. */
	readonly uid: number;
	readonly gid: number;
}

/** Opens the archive of a path in a container, as the engine sends it. */
export type OpenArchive = (path: string) => Promise<NodeJS.ReadableStream>;

/** Kubernetes leads to a key by two links, and nobody by more than a few. */
const MAX_LINKS = 5;

/**
 * Follows links by hand, within the container: each is a new question to the engine, which keeps to the container's own root.
 * Undefined when nothing lies there.
 * @throws {DaemonError} when the engine cannot be asked, `FILE_REFUSED` for a chain of links without end
 */
export async function archivedFactsOf(
	open: OpenArchive,
	path: string,
	signal: AbortSignal,
): Promise<FileFacts | undefined> {
	let at = path;
	for (let links = 0; links <= MAX_LINKS; links += 1) {
		const header = await headerOf(open, at, signal);
		if (header === undefined) {
			return;
		}

		if (header.type !== 'symlink') {
			return factsIn(header, at);
		}

		at = posix.resolve(posix.dirname(at), header.linkname ?? '');
	}

	throw new DaemonError('FILE_REFUSED', `${path} is a chain of links without end`);
}

function factsIn({type, mode = 0, uid = 0, gid = 0}: Header, path: string): FileFacts {
	return {path, kind: type === 'file' || type === 'directory' ? type : 'other', mode, uid, gid};
}

type Header = Readonly<
	Partial<Record<'type' | 'linkname', string | null> & Record<'mode' | 'uid' | 'gid', number>>
>;

async function headerOf(open: OpenArchive, path: string, signal: AbortSignal): Promise<Header | undefined> {
	const tar = await open(path).catch(absent);
	if (tar === undefined) {
		return;
	}

	const entries = extract();
	const stop = (): void => {
		entries.destroy(new DaemonError('DOCKER_UNREACHABLE', `Looking at ${path} took too long`));
	};
	signal.addEventListener('abort', stop, {once: true});
	tar.once('error', error => entries.destroy(error));
	tar.pipe(entries);
	try {
		for await (const entry of entries) {
			return entry.header;
		}

		return undefined;
	} finally {
		signal.removeEventListener('abort', stop);
		entries.destroy();
		if ('destroy' in tar && typeof tar.destroy === 'function') {
			tar.destroy();
		}
	}
}

function absent(error: unknown): undefined {
	if (!(error instanceof DaemonError && error.code === 'FILE_ABSENT')) {
		throw error;
	}
}
