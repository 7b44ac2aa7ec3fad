import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {lstat, mkdtemp, readdir, readFile, readlink, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {stripVTControlCharacters} from 'node:util';
import {extract} from 'tar-stream';
import type {Docker} from '../docker.ts';
import type {FidelityCase} from './case.ts';
import type {Context} from './context.ts';

/** What a build gave and said. */
export interface Observed {
	readonly code: number;
	/** Standard output of a question. */
	readonly answer: string;
	/** All that was said. */
	readonly words: string;
	/** What was said beside the progress: warnings in order of their text, excerpt and error. */
	readonly said: readonly string[];
	/** Steps that are of the builder's own making, by their names. */
	readonly steps: readonly string[];
	/** Identity of the image, which covers its configuration and every layer of it. */
	readonly image: string | undefined;
	/** Files that were exported. */
	readonly files: readonly string[] | undefined;
}

/** Who builds: nobody but BuildKit, or a frontend. */
export interface Builder {
	readonly name: string;
	readonly args: readonly string[];
}

/** Builds and tells what there was to see. An image is left behind under `tag`. */
export async function observe(
	docker: Docker,
	given: FidelityCase,
	{args, input}: Context,
	builder: Builder,
	tag: string,
): Promise<Observed> {
	const out = await mkdtemp(join(tmpdir(), 'sallyport-fidelity-out-'));
	const outputs = {
		image: ['--iidfile', `${out}/id`, '-t', tag],
		answer: [],
		tar: ['-o', `type=tar,dest=${out}/root.tar`],
		local: ['-o', `type=local,dest=${out}/root`],
	};
	const gives = given.gives ?? 'image';
	const command = ['build', '--progress=plain', ...outputs[gives], ...builder.args, ...args];
	const {code, stdout, stderr} = await docker(command, {
		env: {...given.env},
		...(input === undefined ? {} : {input}),
	});
	const lines = stripVTControlCharacters(stderr).split('\n');
	const isStep = (line: string): boolean => /^#\d+ /.test(line);
	const image = await readFile(`${out}/id`, 'utf8').catch(() => undefined);
	const files = code !== 0 ? undefined : await exported(out, gives);
	await rm(out, {recursive: true, force: true});
	return {
		code,
		answer: gives === 'answer' ? settled(stdout) : '',
		words: [...lines, stdout].join('\n'),
		said: saidIn(lines.filter(line => line.trim() !== '' && !isStep(line))),
		steps: [...new Set(lines.flatMap(stepIn))].toSorted(),
		image,
		files,
	};
}

/** A log comes in pieces as it likes, warnings come in any order, and what has been read has a new name each time. */
function saidIn(lines: readonly string[]): readonly string[] {
	const isWarning = (line: string): boolean => line.startsWith(' - ');
	const [, end = 0] = lines.flatMap((line, at) => (line === '------' ? [at] : []));
	const rest = lines.filter((line, at) => !isWarning(line) && (at >= end || line.startsWith(' > ')));
	return [...lines.filter(isWarning).toSorted(), ...rest].map(line =>
		line.replace(/checksum of ref \S+: /, 'checksum of ref …: '),
	);
}

/** What names its own step `[internal]`. Others may have the name that they have in a build at the same time. */
function stepIn(line: string): readonly string[] {
	return /^#\d+ (\[(?:internal|sallyport)\] .*)$/.exec(line)?.slice(1) ?? [];
}

/** JSON names the definition of the Dockerfile, which names the session. */
function settled(answer: string): string {
	return answer.replaceAll(/"definition": \{[\s\S]*?\n {6}\}/g, '"definition"');
}

async function exported(out: string, gives: string): Promise<readonly string[] | undefined> {
	if (gives === 'tar') {
		return filesOf(createReadStream(`${out}/root.tar`));
	}

	return gives === 'local' ? filesIn(`${out}/root`) : undefined;
}

async function filesIn(folder: string): Promise<readonly string[]> {
	const names = await readdir(folder, {recursive: true});
	const files = names.map(async name => {
		const path = join(folder, name);
		const stat = await lstat(path);
		const target = stat.isSymbolicLink() ? await readlink(path) : '';
		const content = stat.isFile() ? await readFile(path, 'base64') : '';
		return [name, stat.mode.toString(8), stat.uid, stat.gid, target, content].join(' ');
	});
	return (await Promise.all(files)).toSorted();
}

/** Everything that a tar says of its entries but their times, sorted. */
export async function filesOf(archive: NodeJS.ReadableStream): Promise<readonly string[]> {
	const entries = extract();
	const files: string[] = [];
	entries.on('entry', (header, stream, next) => {
		const hash = createHash('sha256');
		stream.on('data', chunk => {
			hash.update(chunk as Buffer);
		});
		stream.on('end', () => {
			const {name, type, mode, uid, gid, size, linkname, pax} = header;
			const attributes = Object.entries(pax ?? {}).filter(
				([key]) => !/time$|^path$|^linkpath$|^size$/.test(key),
			);
			const fields = [
				name,
				type,
				mode?.toString(8),
				uid,
				gid,
				size,
				linkname,
				hash.digest('hex').slice(0, 16),
			];
			files.push([...fields, JSON.stringify(attributes)].join(' '));
			next();
		});
	});
	await new Promise((resolve, reject) => {
		entries.on('finish', () => resolve(undefined));
		entries.on('error', reject);
		archive.pipe(entries);
	});
	return files.toSorted();
}
