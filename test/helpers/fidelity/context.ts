import {chmod, mkdir, mkdtemp, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {gzipSync} from 'node:zlib';
import {pack} from 'tar-stream';
import {type ContextFile, FILES, type FidelityCase} from './case.ts';

/** Where a case finds what it names by `@server` and `@git`. */
export interface Addresses {
	readonly server: string;
	readonly git: string;
}

export interface Context {
	readonly folder: string;
	/** Of `docker build`, with the context at their end. */
	readonly args: readonly string[];
	/** The Dockerfile, when it is given on standard input. */
	readonly input: Uint8Array | undefined;
}

/** Lays a case's files out in a new folder. */
export async function contextOf(given: FidelityCase, {server, git}: Addresses): Promise<Context> {
	const folder = await mkdtemp(join(tmpdir(), 'sallyport-fidelity-'));
	for (const [path, file] of Object.entries({...FILES, ...given.files})) {
		await put(join(folder, path), file);
	}

	// Named in the address, so that each case can have other files behind it.
	const told = (text: string): string =>
		text
			.replaceAll('@server', `${server}/${folder.slice(folder.lastIndexOf('/') + 1)}`)
			.replaceAll('@git', git)
			.replaceAll('@in', folder);
	const {dockerfile, file = 'Dockerfile', context} = given;
	const bytes = typeof dockerfile === 'string' ? Buffer.from(told(dockerfile)) : dockerfile;
	const isInput = file === '-';
	if (!isInput) {
		await put(join(folder, file), bytes);
	}

	// BuildKit finds "dockerfile" by itself.
	const isUsual = file.toLowerCase() === 'dockerfile';
	const named = isInput ? ['-f', '-'] : isUsual ? [] : ['-f', join(folder, file)];
	const args = [...named, ...(given.args ?? []).map(told), context === undefined ? folder : told(context)];
	return {folder, args, input: isInput ? bytes : undefined};
}

async function put(path: string, file: ContextFile): Promise<void> {
	await mkdir(dirname(path), {recursive: true});
	if (typeof file === 'string' || file instanceof Uint8Array) {
		await writeFile(path, file);
	} else if ('link' in file) {
		await symlink(file.link, path);
	} else if ('tar' in file) {
		const archive = await tarOf(file.tar);
		await writeFile(path, file.gzip ? gzipSync(archive) : archive);
	} else {
		await writeFile(path, file.text);
		await chmod(path, file.mode);
	}
}

/** The same bytes each time. */
function tarOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
	const archive = pack();
	for (const [name, content] of Object.entries(files)) {
		archive.entry({name, mtime: new Date(0)}, content);
	}

	archive.finalize();
	return buffer(archive);
}
