import {dockerOf} from '../daemon/docker/client.ts';
import {engines} from '../frontend/proxies/engine.ts';
import {type Hole, type LayerVersions, openHoles, readLayerVersions} from '../policies/proxy-floor.ts';
import {labels, versionsPath} from '../proto/labels.ts';
import {asking, filesOf} from './engine-image.ts';

/** An image of an engine that a proxy was put into, or that brings one. */
export interface ProxyImage {
	readonly id: string;
	/** Its tags; none where another image has taken them. */
	readonly names: readonly string[];
	readonly engine: string;
	/** Of the layer's packages; absent where the layer says nothing that can be read. */
	readonly versions: LayerVersions | undefined;
	/** Those that are open in them. */
	readonly holes: readonly Hole[];
	/** Running containers of it, by name. */
	readonly running: readonly string[];
}

const MAX_VERSIONS_BYTES = 64 * 1024;
const wanted = new Map(engines.map(engine => [versionsPath(engine), MAX_VERSIONS_BYTES]));

/**
 * Looks into the images that carry our contract, and into those that bring the proxy: what lies in them is asked, and not what a label
 * says. An image without a name is looked into while a container of it runs.
 * @param only these, by name or id; every one when empty
 * @throws {CliError} CLI_NO_ANSWER when there is no engine, CLI_BAD_INPUT for a name that it does not know
 */
export async function proxyImagesIn(host: string, only: readonly string[]): Promise<readonly ProxyImage[]> {
	const docker = dockerOf(host);
	const named: string[] = [];
	for (const name of only) {
		named.push((await asking(name, host, () => docker.getImage(name).inspect())).Id);
	}

	const images = await asking('', host, () => docker.listImages());
	const containers = await asking('', host, () => docker.listContainers());
	const found: ProxyImage[] = [];
	for (const {Id: id, RepoTags, Labels} of images) {
		const running = containers
			.filter(({ImageID}) => ImageID === id)
			.map(({Id, Names}) => (Names[0] ?? Id.slice(0, 12)).replace(/^\//, ''));
		const names = (RepoTags ?? []).filter(tag => tag !== '<none>:<none>').toSorted();
		const isMeant =
			only.length > 0 ? named.includes(id) : isOurs(Labels ?? {}) && (names.length > 0 || running.length > 0);
		if (isMeant) {
			const files = await asking(names[0] ?? id, host, () => filesOf(docker, id, wanted));
			found.push(...layersIn(files).map(layer => ({id, names, running, ...layer})));
		}
	}

	return found.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** The name that it is best known by. */
export function nameOf({id, names}: ProxyImage): string {
	return names[0] ?? id.replace('sha256:', '').slice(0, 12);
}

function isOurs(given: Readonly<Record<string, string>>): boolean {
	const title = given['org.opencontainers.image.title'] ?? '';
	return given[labels.contract] !== undefined || title.startsWith('sallyport/proxy-');
}

function layersIn(
	files: ReadonlyMap<string, Uint8Array>,
): readonly Pick<ProxyImage, 'engine' | 'versions' | 'holes'>[] {
	return engines.flatMap(engine => {
		const bytes = files.get(versionsPath(engine));
		if (bytes === undefined) {
			return [];
		}

		const versions = readLayerVersions(new TextDecoder().decode(bytes));
		return [{engine, versions, holes: openHoles(versions ?? {})}];
	});
}
