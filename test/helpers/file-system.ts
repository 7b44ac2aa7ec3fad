import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {extract, type Header} from 'tar-stream';
import type {EngineHandle} from '../engine/engine.ts';
import {run} from '../engine/run.ts';

/** What a path of an image is. Times are left out on purpose: a build at another moment has others. */
export interface Entry {
	readonly type: string;
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	readonly size: number;
	readonly link: string;
	/** Of a file's content; empty for everything else. */
	readonly digest: string;
}

export interface FileSystem {
	readonly entries: ReadonlyMap<string, Entry>;
	/** Contents of the files that somebody wanted to read. */
	readonly texts: ReadonlyMap<string, string>;
}

/** Put there by the engine when it makes a container, not by the image. */
const ENGINES = /^\/(?:\.dockerenv$|(?:dev|proc|sys)(?:\/|$)|etc\/(?:hosts|hostname|resolv\.conf|mtab)$)/;

/** Everything that an image holds, by absolute path; nothing of it runs. */
export async function fileSystemOf(
	{docker, env}: EngineHandle,
	image: string,
	wanted: RegExp = /^\/var\/lib\/dpkg\/(?:status$|info\/[^/]*\.list$)/,
): Promise<FileSystem> {
	// A command, since an image without one cannot be created; it is never run.
	const id = (await run(docker, ['create', image, 'nothing'], {env})).trim();
	try {
		const child = spawn(docker, ['export', id], {
			env: {...process.env, ...env},
			stdio: ['ignore', 'pipe', 'ignore'],
		});
		const entries = new Map<string, Entry>();
		const texts = new Map<string, string>();
		const unpacked = extract();
		child.stdout.pipe(unpacked);
		for await (const entry of unpacked) {
			const path = `/${entry.header.name.replace(/^\.?\//, '').replace(/\/$/, '')}`;
			const hash = createHash('sha1');
			const kept: Uint8Array[] = [];
			const isWanted = wanted.test(path);
			for await (const chunk of entry as AsyncIterable<Uint8Array>) {
				hash.update(chunk);
				if (isWanted) {
					kept.push(chunk);
				}
			}

			if (!ENGINES.test(path)) {
				entries.set(path, entryOf(entry.header, hash.digest('hex'), entries));
				if (isWanted) {
					texts.set(path, Buffer.concat(kept).toString('utf8'));
				}
			}
		}

		return {entries, texts};
	} finally {
		await run(docker, ['rm', '-f', id], {env});
	}
}

/** A second name of a file is that file: which of its names comes first is chance. */
function entryOf(header: Header, digest: string, entries: ReadonlyMap<string, Entry>): Entry {
	const {type = 'file', mode = 0, uid = 0, gid = 0, size = 0, linkname} = header;
	const same = type === 'link' ? entries.get(`/${(linkname ?? '').replace(/^\.?\//, '')}`) : undefined;
	return (
		same ?? {
			type: type ?? 'file',
			mode: mode & 0o7777,
			uid,
			gid,
			size: type === 'file' ? size : 0,
			link: type === 'symlink' ? (linkname ?? '') : '',
			digest: type === 'file' ? digest : '',
		}
	);
}

/** Packages that dpkg knows as installed, and the paths of each. */
export function packagesOf({texts}: FileSystem): ReadonlyMap<string, readonly string[]> {
	const installed = (texts.get('/var/lib/dpkg/status') ?? '')
		.split('\n\n')
		.filter(text => /^Status: install ok installed$/m.test(text))
		.flatMap(text => /^Package: (\S+)$/m.exec(text)?.[1] ?? []);
	return new Map(
		installed.map(name => {
			const list =
				texts.get(`/var/lib/dpkg/info/${name}.list`) ??
				texts.get([...texts.keys()].find(path => path.startsWith(`/var/lib/dpkg/info/${name}:`)) ?? '') ??
				'';
			return [
				name,
				list
					.split('\n')
					.filter(path => path.startsWith('/') && path !== '/.')
					.map(merged),
			];
		}),
	);
}

/** Debian's lists still name paths in `/bin` and `/lib`, which are links into `/usr`. */
export function merged(path: string): string {
	return path.replace(/^\/(bin|sbin|lib|lib64)(?=\/)/, '/usr/$1');
}
