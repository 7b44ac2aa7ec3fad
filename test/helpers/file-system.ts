import {readdirSync, readFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {EngineHandle} from '../engine/engine.ts';
import {run} from '../engine/run.ts';

/** What a path of an image is. Times are left out on purpose: a build at another moment has others. */
export interface Entry {
	readonly type: string;
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	readonly size: number;
	/** Names of one file have the same. */
	readonly inode: string;
	readonly link: string;
	/** Of a file's content; empty for everything else. */
	readonly digest: string;
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
 && find . -xdev -printf '%y|%m|%U|%G|%s|%i|%p|%l\\0' >/out/entries \
 && find . -xdev -type f -print0 | xargs -0 -r -n 500 sha1sum -z >/out/digests \
 && for file in var/lib/dpkg/status var/lib/dpkg/info/*.list etc/sallyport/build.json; do \
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
		const digests = new Map(
			records(join(folder, 'digests')).map(line => [absolute(line.slice(42)), line.slice(0, 40)] as const),
		);
		const entries = new Map(
			records(join(folder, 'entries'))
				.map(line => entryOf(line, digests))
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

function entryOf(line: string, digests: ReadonlyMap<string, string>): readonly [string, Entry] {
	const [type = '', mode = '', uid = '', gid = '', size = '', inode = '', name = '', link = ''] =
		line.split('|');
	const path = absolute(name);
	return [
		path,
		{
			type,
			mode: Number.parseInt(mode, 8),
			uid: Number(uid),
			gid: Number(gid),
			size: type === 'f' ? Number(size) : 0,
			inode,
			link,
			digest: digests.get(path) ?? '',
		},
	];
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
