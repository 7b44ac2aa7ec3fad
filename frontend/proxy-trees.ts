import {type LayerVersions, readLayerVersions} from '../policies/proxy-floor.ts';
import type {ProxyTree} from '../proto/build-record.ts';
import {digestOf, isDigest} from '../proto/digest.ts';
import {versionsPath} from '../proto/labels.ts';
import {GatewayError} from './error.ts';
import type {Opened} from './examine.ts';
import type {Gateway} from './gateway/client.ts';
import {definitionOf, image} from './llb/definition.ts';
import {fullReference} from './llb/reference.ts';
import {type Options, type Platform, platformName, platformsOf} from './options.ts';
import type {Engine} from './proxies/engine.ts';
import {solvedFile} from './solved-file.ts';
import {isForWindows} from './windows.ts';

/** Where the proxy layer of a platform comes from. */
export interface ProxySource {
	readonly platform: Platform;
	/** What the image is called that has it. */
	readonly ref: string;
	/** Absent where the builder does not tell. */
	readonly tree: ProxyTree | undefined;
	/** Of Debian's packages in it; absent where it does not say. */
	readonly versions: LayerVersions | undefined;
	/** Why the builder has none for this platform, in its own words. */
	readonly missing: string | undefined;
}

/** For each platform of a build, and for the builder's own, on which configurations are checked. */
export type ProxySources = readonly ProxySource[];

/** Where the layer of one platform comes from; under its usual name where nobody has looked. */
export function sourceFor(sources: ProxySources, platform: Platform): ProxySource | undefined {
	return sources.find(each => platformName(each.platform) === platformName(platform));
}

/** What the proxy's image is made of on each platform that is built for, by content. */
export function treesIn(sources: ProxySources, platforms: readonly Platform[]): readonly ProxyTree[] {
	return platforms.flatMap(platform => sourceFor(sources, platform)?.tree ?? []);
}

/**
 * Asks the builder about the proxy's image on each platform: when it is wanted, or will be, and once. One that the builder does not
 * have is told about where it is needed, because a build that only shows or judges needs none.
 */
export function proxySourcesOf(
	gateway: Gateway,
	wanted: WantedProxy,
	options: Options,
	opened: Opened,
): () => Promise<ProxySources> {
	let asked: Promise<ProxySources> | undefined;
	const ask = (): Promise<ProxySources> => {
		asked ??= readSources(gateway, wanted, options);
		// Who waits for it hears of a failure; who only asked early does not.
		asked.catch(() => undefined);
		return asked;
	};
	if (options.proxy !== 'none' && saysPort(opened) && !isForWindows(options, opened, new Map())) {
		// Needed almost surely, so the builder looks it up beside everything else.
		void ask();
	}

	return ask;
}

function saysPort({needed}: Opened): boolean {
	return needed.some(({instructions}) => instructions.some(({keyword}) => keyword === 'EXPOSE'));
}

/** An engine, and what its image is called here. */
interface WantedProxy {
	readonly engine: Engine;
	readonly ref: string;
}

function readSources(gateway: Gateway, wanted: WantedProxy, options: Options): Promise<ProxySources> {
	const all = new Map([...platformsOf(options), options.builder].map(each => [platformName(each), each]));
	return Promise.all([...all.values()].map(platform => sourceOf(gateway, wanted, platform, options)));
}

async function sourceOf(
	gateway: Gateway,
	{engine, ref}: WantedProxy,
	platform: Platform,
	options: Options,
): Promise<ProxySource> {
	const reasons: string[] = [];
	for (const name of namesFor(ref, platform)) {
		const answer = await configOf(gateway, name, platform, options.resolveMode);
		if ('config' in answer) {
			const {config} = answer;
			const tree =
				config === undefined ? undefined : treeOf(config, platform, name === ref ? undefined : name);
			const versions = await versionsOf(gateway, {engine, ref: name}, platform, options);
			return {platform, ref: name, tree, versions, missing: undefined};
		}

		reasons.push(answer.reason);
	}

	return {platform, ref, tree: undefined, versions: undefined, missing: reasons[0] ?? 'no reason given'};
}

/** An engine without the containerd store keeps one platform under a name, so each may have one of its own: `…:1-arm64`. */
export function namesFor(ref: string, {architecture}: Platform): readonly string[] {
	return ref.includes('@')
		? [ref]
		: [ref, `${fullReference(ref)}-${architecture}`.replace(/^docker\.io\//, '')];
}

async function configOf(
	gateway: Gateway,
	ref: string,
	platform: Platform,
	resolveMode: string,
): Promise<{readonly config: Uint8Array | undefined} | {readonly reason: string}> {
	try {
		const logName = `[sallyport] load metadata for ${ref}`;
		const asked = {ref: fullReference(ref), platform, resolveMode, logName};
		const {config} = await gateway.call('resolveImageConfig', asked);
		const found = config === undefined ? undefined : fieldsOf(config)['architecture'];
		// A registry gives out the one image that a name has, for whatever processor that is.
		return found === undefined || found === platform.architecture
			? {config}
			: {reason: `${ref} is for ${String(found).slice(0, 40)}`};
	} catch (error) {
		if (error instanceof GatewayError) {
			return {reason: error.message};
		}

		throw error;
	}
}

/** Layers are named by the digests of their contents: the same whatever store or registry the image came from. */
function treeOf(config: Uint8Array, platform: Platform, image: string | undefined): ProxyTree {
	const {rootfs} = fieldsOf(config) as {readonly rootfs?: {readonly diff_ids?: unknown}};
	const layers: readonly unknown[] = Array.isArray(rootfs?.diff_ids) ? rootfs.diff_ids : [];
	return {
		platform: platformName(platform),
		...(image === undefined ? {} : {image}),
		config: digestOf(config),
		layers: layers.filter(isDigest),
	};
}

const MAX_VERSIONS_BYTES = 64 * 1024;

/** What the layer says of itself. Read before it is built with, so that a build can tell that it is an old one. */
async function versionsOf(
	gateway: Gateway,
	{engine, ref}: WantedProxy,
	platform: Platform,
	options: Options,
): Promise<LayerVersions | undefined> {
	try {
		const data = await solvedFile(gateway, options, {
			definition: definitionOf(image(ref, platform, options.resolveMode)),
			path: versionsPath(engine),
			most: MAX_VERSIONS_BYTES,
		});
		return readLayerVersions(new TextDecoder().decode(data));
	} catch (error) {
		if (error instanceof GatewayError) {
			return undefined;
		}

		throw error;
	}
}

function fieldsOf(config: Uint8Array): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(new TextDecoder().decode(config));
		return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
	} catch {
		return {};
	}
}
