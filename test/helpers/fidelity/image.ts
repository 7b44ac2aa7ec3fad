import {createReadStream} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Docker} from '../docker.ts';
import {filesOf} from './observe.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Image {
	/** All that the image says of itself but when it was made. */
	readonly settings: Fields;
	readonly labels: Fields;
	readonly layers: readonly string[];
	readonly history: readonly string[];
}

/** What the engine says of an image. */
export async function imageOf(docker: Docker, tag: string): Promise<Image> {
	const [{stdout}, history] = await Promise.all([
		docker(['image', 'inspect', tag]),
		docker(['image', 'history', '--no-trunc', '--format', '{{.CreatedBy}}|{{.Comment}}', tag]),
	]);
	const [found = {}] = JSON.parse(stdout) as readonly Fields[];
	const {Config, RootFS, Architecture, Os, Variant, Author} = found;
	const {Labels, ...config} = (Config ?? {}) as Fields;
	const {Layers} = (RootFS ?? {}) as {readonly Layers?: readonly string[]};
	return {
		settings: {...config, Architecture, Os, Variant, Author},
		labels: (Labels ?? {}) as Fields,
		layers: Layers ?? [],
		history: history.stdout.split('\n').filter(Boolean).toReversed(),
	};
}

/** Every file of an image with mode, owner, size, link and digest. */
export async function rootOf(docker: Docker, tag: string): Promise<readonly string[]> {
	const folder = await mkdtemp(join(tmpdir(), 'sallyport-fidelity-root-'));
	const {stdout, code, stderr} = await docker(['create', tag, '-']);
	if (code !== 0) {
		throw new Error(stderr);
	}

	const id = stdout.trim();
	await docker(['export', '-o', `${folder}/root.tar`, id]);
	await docker(['rm', id]);
	const files = await filesOf(createReadStream(`${folder}/root.tar`));
	await rm(folder, {recursive: true, force: true});
	return files;
}
