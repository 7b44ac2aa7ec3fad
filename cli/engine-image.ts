import {readArchivedFile} from '../daemon/docker/archive.ts';
import {dockerOf} from '../daemon/docker/client.ts';
import {DaemonError, reasonOf} from '../daemon/error.ts';
import {type Digest, isDigest} from '../proto/digest.ts';
import type {Subject} from '../proto/statement.ts';
import {type ImageFiles, wantedFiles} from './built-image.ts';
import {CliError} from './error.ts';

type Docker = ReturnType<typeof dockerOf>;

const ANSWER_MS = 30_000;

/**
 * Reads what the build gate left in an image that an engine has. A container is made for it, never started, and removed again.
 * @throws {CliError} CLI_BAD_INPUT when there is no such image, CLI_NO_ANSWER when there is no engine
 */
export async function readFromEngine(name: string, host: string): Promise<ImageFiles> {
	const docker = dockerOf(host);
	const described = await asking(name, host, () => docker.getImage(name).inspect());
	const image = described as unknown as Described;
	const files = await asking(name, host, () => filesOf(docker, image.Id, wantedFiles));
	return {name, subjects: subjectsOf(name, image), labels: image.Config?.Labels ?? {}, files};
}

/** The parts of an engine's answer that are used; the containerd store tells of a descriptor. */
interface Described {
	readonly Id: string;
	readonly RepoDigests?: readonly string[];
	readonly Descriptor?: {readonly mediaType?: string};
	readonly Config?: {readonly Labels?: Readonly<Record<string, string>>};
}

/** By its digest in this engine, and by those under which it was pushed or pulled. */
function subjectsOf(name: string, {Id: id, RepoDigests, Descriptor}: Described): readonly Subject[] {
	if (!isDigest(id)) {
		throw new CliError('CLI_BAD_INPUT', `The engine does not tell the digest of ${name}`);
	}

	const type = Descriptor?.mediaType ?? '';
	const own =
		Descriptor === undefined ? 'oci-config' : /index|list/.test(type) ? 'oci-index' : 'oci-manifest';
	const pushed = (RepoDigests ?? []).flatMap(reference => {
		const [, digest] = reference.split('@');
		return isDigest(digest) && digest !== id ? [{reference, digest}] : [];
	});
	return [
		{name, digest: setOf(id), annotations: {digestKind: own}},
		...pushed.map(({reference, digest}) => ({name: reference, digest: setOf(digest)})),
	];
}

/** @param wanted paths, and the most bytes that each file may have */
export async function filesOf(
	docker: Docker,
	id: string,
	wanted: ReadonlyMap<string, number>,
): Promise<ImageFiles['files']> {
	// A command is needed to make a container, also of an image that has none. It never runs.
	const container = await docker.createContainer({Image: id, Cmd: ['none'], NetworkDisabled: true});
	try {
		const files = new Map<string, Uint8Array>();
		for (const [path, maxBytes] of wanted) {
			const bytes = await fileIn(docker, container.id, path, maxBytes);
			if (bytes !== undefined) {
				files.set(path, bytes);
			}
		}

		return files;
	} finally {
		await container.remove({force: true, v: true});
	}
}

async function fileIn(
	docker: Docker,
	id: string,
	path: string,
	maxBytes: number,
): Promise<Uint8Array | undefined> {
	try {
		const tar = await docker.getContainer(id).getArchive({path});
		return await readArchivedFile(tar, path, maxBytes, AbortSignal.timeout(ANSWER_MS));
	} catch (error) {
		if (statusOf(error) === 404) {
			return undefined;
		}

		throw error;
	}
}

/** Turns an engine's refusal into a sentence. @param name of the image that is asked about */
export async function asking<T>(name: string, host: string, question: () => Promise<T>): Promise<T> {
	try {
		return await question();
	} catch (cause) {
		if (cause instanceof CliError) {
			throw cause;
		}

		if (cause instanceof DaemonError) {
			throw new CliError('CLI_BAD_INPUT', `${name}: ${cause.message}`, {cause});
		}

		const status = statusOf(cause);
		if (status === 404 || status === 400) {
			const message = `The engine at ${host} has no image ${name}; build or pull it, or name an archive such as ./image.tar`;
			throw new CliError('CLI_BAD_INPUT', message, {cause});
		}

		throw new CliError('CLI_NO_ANSWER', `The engine at ${host} does not answer: ${reasonOf(cause)}`, {cause});
	}
}

function statusOf(error: unknown): unknown {
	return typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
}

function setOf(digest: Digest): {readonly sha256: string} {
	return {sha256: digest.slice('sha256:'.length)};
}
