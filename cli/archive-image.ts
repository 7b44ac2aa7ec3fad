import {type Digest, digestOf, isDigest} from '../proto/digest.ts';
import type {Subject} from '../proto/statement.ts';
import {type ImageFiles, wantedFiles} from './built-image.ts';
import {CliError} from './error.ts';
import {layerOf} from './layer-files.ts';
import {type Members, openMembers} from './members.ts';

/** Largest index, manifest or configuration that is read. */
const MAX_JSON_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 3;

/**
 * Reads what the build gate left in an image of an archive: an OCI layout, or what `docker save` writes, as a tar file or a folder.
 * Every byte that is believed is held against its digest, because the statement will name these digests.
 * @throws {CliError} CLI_BAD_INPUT for what is no such archive, holds several images, or is not what its digests say
 */
export async function readFromArchive(path: string): Promise<ImageFiles> {
	const members = await openMembers(path);
	try {
		const images = await imagesIn(members, path);
		const [first] = images;
		if (first === undefined) {
			throw bad(path, 'it holds no image');
		}

		const platforms = await Promise.all(images.map(image => configOf(members, image, path)));
		const label = JSON.stringify(platforms[0]?.labels ?? {});
		if (platforms.some(({labels}) => JSON.stringify(labels) !== label)) {
			throw bad(path, 'it holds several images that differ in their labels; save one of them alone');
		}

		const subjects = [
			...first.above.map(digest => subject(path, digest, 'oci-index')),
			...images.flatMap(({manifest, config}) => [
				...(manifest === undefined ? [] : [subject(`${path}#manifest`, manifest, 'oci-manifest')]),
				subject(`${path}#config`, config, 'oci-config'),
			]),
		];
		const {labels, diffIds} = platforms[0] ?? {labels: {}, diffIds: []};
		return {name: path, subjects, labels, files: await filesIn(members, first, diffIds, path)};
	} finally {
		await members.close();
	}
}

interface FoundImage {
	/** Digests of the indexes that name it, and of nothing else. */
	readonly above: readonly Digest[];
	readonly manifest: Digest | undefined;
	readonly config: Digest;
	readonly configName: string;
	/** Members, from the lowest to the topmost layer. */
	readonly layers: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

async function imagesIn(members: Members, path: string): Promise<readonly FoundImage[]> {
	if (await members.has('index.json')) {
		const top = jsonOf(await members.read('index.json', MAX_JSON_BYTES), path);
		// Its own digest is nobody's name for the image; those of the indexes below it are.
		return (await Promise.all(listIn(top['manifests']).map(each => under(members, each, [], path)))).flat();
	}

	// As engines before 25 save: no blobs, and the configuration is named by its digest.
	const saved: unknown = JSON.parse(
		Buffer.from(await members.read('manifest.json', MAX_JSON_BYTES)).toString(),
	);
	return listIn(saved).map(({Config: name, Layers: layers}) => {
		const config =
			typeof name === 'string' ? digestIn(/([0-9a-f]{64})(?:\.json)?$/.exec(name)?.[1]) : undefined;
		if (typeof name !== 'string' || config === undefined || !Array.isArray(layers)) {
			throw bad(path, 'its manifest.json names no configuration');
		}

		return {above: [], manifest: undefined, config, configName: name, layers: layers.map(String)};
	});
}

async function under(
	members: Members,
	{digest, annotations}: Fields,
	above: readonly Digest[],
	path: string,
): Promise<readonly FoundImage[]> {
	const notes = fieldsOf(annotations);
	if (notes['vnd.docker.reference.type'] !== undefined || above.length >= MAX_DEPTH) {
		return [];
	}

	if (!isDigest(digest)) {
		throw bad(path, 'its index names no digest');
	}

	const content = jsonOf(await blob(members, digest, path), path);
	if (Array.isArray(content['manifests'])) {
		const all = listIn(content['manifests']).map(each => under(members, each, [...above, digest], path));
		return (await Promise.all(all)).flat();
	}

	const {digest: config} = fieldsOf(content['config']);
	if (!isDigest(config)) {
		throw bad(path, 'its manifest names no configuration');
	}

	const layers = listIn(content['layers']).map(layer => nameOf(String(layer['digest'])));
	return [{above, manifest: digest, config, configName: nameOf(config), layers}];
}

async function configOf(
	members: Members,
	{config, configName}: FoundImage,
	path: string,
): Promise<{readonly labels: Fields; readonly diffIds: readonly Digest[]}> {
	const bytes = await members.read(configName, MAX_JSON_BYTES);
	if (digestOf(bytes) !== config) {
		throw bad(path, `${configName} is not what its digest says`);
	}

	const image = jsonOf(bytes, path);
	const {diff_ids: ids} = fieldsOf(image['rootfs']);
	const diffIds = (Array.isArray(ids) ? ids : []).filter(isDigest);
	return {labels: fieldsOf(fieldsOf(image['config'])['Labels']), diffIds};
}

/** From the topmost layer down, until every file was found or found to be removed. */
async function filesIn(
	members: Members,
	{layers}: FoundImage,
	diffIds: readonly Digest[],
	path: string,
): Promise<ImageFiles['files']> {
	const files = new Map<string, Uint8Array>();
	const settled = new Set<string>();
	for (const [at, layer] of [...layers.entries()].toReversed()) {
		if (settled.size === wantedFiles.size) {
			break;
		}

		const {found, removed, diffId} = await layerOf(await members.stream(layer));
		if (diffId !== diffIds[at]) {
			throw bad(path, 'one of its layers is not what the configuration says');
		}

		for (const [name, bytes] of found) {
			if (!settled.has(name)) {
				files.set(name, bytes);
				settled.add(name);
			}
		}

		for (const name of removed) {
			settled.add(name);
		}
	}

	return files;
}

async function blob(members: Members, digest: Digest, path: string): Promise<Uint8Array> {
	const bytes = await members.read(nameOf(digest), MAX_JSON_BYTES);
	if (digestOf(bytes) !== digest) {
		throw bad(path, `the blob ${digest} is not what its digest says`);
	}

	return bytes;
}

function nameOf(digest: string): string {
	return `blobs/${digest.replace(':', '/')}`;
}

function digestIn(hex: string | undefined): Digest | undefined {
	return hex === undefined ? undefined : `sha256:${hex}`;
}

function subject(
	name: string,
	digest: Digest,
	digestKind: NonNullable<Subject['annotations']>['digestKind'],
): Subject {
	return {name, digest: {sha256: digest.slice('sha256:'.length)}, annotations: {digestKind}};
}

function jsonOf(bytes: Uint8Array, path: string): Fields {
	try {
		return fieldsOf(JSON.parse(Buffer.from(bytes).toString()));
	} catch (cause) {
		throw new CliError('CLI_BAD_INPUT', `${path} holds an index or manifest that is not JSON`, {cause});
	}
}

function listIn(value: unknown): readonly Fields[] {
	return (Array.isArray(value) ? value.slice(0, 256) : []).map(fieldsOf);
}

function fieldsOf(value: unknown): Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function bad(path: string, what: string): CliError {
	return new CliError('CLI_BAD_INPUT', `${path} cannot be attested: ${what}`);
}
