import {readdirSync, readFileSync} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {EngineHandle} from '../engine/engine.ts';
import {run} from '../engine/run.ts';

/** What a path of an image is. */
export interface Entry {
	readonly type: string;
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	readonly size: number;
	/** Names of one file have the same. */
	readonly inode: string;
	readonly link: string;
	/** When it was last written: alike for what two images have from one layer or package. */
	readonly written: string;
	/** Of a file's content, once `withDigests` has looked. */
	readonly digest?: string;
}

export interface FileSystem {
	readonly entries: ReadonlyMap<string, Entry>;
	/** Contents of a few files: what dpkg knows, and what the frontend says it did. */
	readonly texts: ReadonlyMap<string, string>;
}

/** Of the moment, and no part of an image. */
const ENGINES = /^\/(?:\.dockerenv$|(?:dev|proc|sys)(?:\/|$)|etc\/(?:hosts|hostname|resolv\.conf|mtab)$)/;

/** Listed by BuildKit beside the image, not in it: nothing of the image runs, and nothing has to be carried out of the engine. */
const LISTING = `FROM debian:trixie-slim AS listing
RUN --mount=from=IMAGE,target=/image mkdir -p /out/texts && cd /image \
 && find . -xdev -printf '%y|%m|%U|%G|%s|%i|%T@|%p|%l\\0' >/out/entries \
 && for file in var/lib/dpkg/status var/lib/dpkg/info/*.list etc/sallyport/build.json etc/passwd etc/group; do \
	if [ -f "$file" ]; then cp --parents "$file" /out/texts; fi; done
FROM scratch
COPY --from=listing /out /
`;

/** Everything that an image holds, by absolute path. */
export async function fileSystemOf({docker, env}: EngineHandle, image: string): Promise<FileSystem> {
	const folder = await mkdtemp(join(tmpdir(), 'sallyport-listing-'));
	try {
		const input = LISTING.replace('IMAGE', image);
		await run(docker, ['build', '-q', '-o', folder, '-'], {env, input});
		const entries = new Map(
			records(join(folder, 'entries'))
				.map(entryOf)
				.filter(([path]) => !ENGINES.test(path)),
		);
		const texts = join(folder, 'texts');
		const named = readdirSync(texts, {recursive: true, withFileTypes: true}).filter(file => file.isFile());
		return {
			entries,
			texts: new Map(
				named.map(({parentPath, name}) => {
					const file = join(parentPath, name);
					return [file.slice(texts.length), readFileSync(file, 'utf8')] as const;
				}),
			),
		};
	} finally {
		await rm(folder, {recursive: true});
	}
}

function records(file: string): readonly string[] {
	return readFileSync(file, 'utf8').split('\0').filter(Boolean);
}

function absolute(path: string): string {
	return path === '.' ? '/' : path.replace(/^\.?/, '');
}

function entryOf(line: string): readonly [string, Entry] {
	const [
		type = '',
		mode = '',
		uid = '',
		gid = '',
		size = '',
		inode = '',
		written = '',
		name = '',
		link = '',
	] = line.split('|');
	return [
		absolute(name),
		{
			type,
			mode: Number.parseInt(mode, 8),
			uid: Number(uid),
			gid: Number(gid),
			size: type === 'f' ? Number(size) : 0,
			inode,
			written,
			link,
		},
	];
}

const HASHING = `FROM debian:trixie-slim AS hashing
COPY paths /paths
RUN --mount=from=IMAGE,target=/image cd /image && xargs -0 -r -n 500 sha1sum -z </paths >/digests
FROM scratch
COPY --from=hashing /digests /
`;

/** The same, with digests of the contents of these paths: reading all of an image takes a minute where the disk is slow. */
export async function withDigests(
	{docker, env}: EngineHandle,
	image: string,
	system: FileSystem,
	paths: readonly string[],
): Promise<FileSystem> {
	const files = paths.filter(path => system.entries.get(path)?.type === 'f');
	if (files.length === 0) {
		return system;
	}

	const folder = await mkdtemp(join(tmpdir(), 'sallyport-hashing-'));
	try {
		await writeFile(join(folder, 'paths'), files.map(path => `.${path}\0`).join(''));
		await writeFile(join(folder, 'Dockerfile'), HASHING.replace('IMAGE', image));
		await run(docker, ['build', '-q', '-o', join(folder, 'out'), folder], {env});
		const digests = new Map(
			records(join(folder, 'out', 'digests')).map(line => [absolute(line.slice(42)), line.slice(0, 40)]),
		);
		const entries = Array.from(system.entries).map(([path, entry]) => {
			const digest = digests.get(path);
			return [path, digest === undefined ? entry : {...entry, digest}] as const;
		});
		return {...system, entries: new Map(entries)};
	} finally {
		await rm(folder, {recursive: true});
	}
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
