import type {ProxyTree} from '../proto/build-record.ts';
import {digestOf, isDigest} from '../proto/digest.ts';
import {GatewayError} from './error.ts';
import type {Opened} from './examine.ts';
import type {Gateway} from './gateway/client.ts';
import {fullReference} from './llb/reference.ts';
import {type Options, type Platform, platformName} from './options.ts';

/**
 * What the proxy's image is made of on each platform, by content. One that the builder cannot tell about is left out: the build
 * that needs it says why it cannot be had. Asked when it is wanted, or will be, and once.
 */
export function proxyTreesOf(
	gateway: Gateway,
	ref: string,
	options: Options,
	opened: Opened,
): () => Promise<readonly ProxyTree[]> {
	let asked: Promise<readonly ProxyTree[]> | undefined;
	const ask = (): Promise<readonly ProxyTree[]> => {
		asked ??= readProxyTrees(gateway, ref, options);
		// Who waits for it hears of a failure; who only asked early does not.
		asked.catch(() => undefined);
		return asked;
	};
	if (options.proxy !== 'none' && saysPort(opened)) {
		// Needed almost surely, so the builder looks it up beside everything else.
		void ask();
	}

	return ask;
}

function saysPort({needed}: Opened): boolean {
	return needed.some(({instructions}) => instructions.some(({keyword}) => keyword === 'EXPOSE'));
}

async function readProxyTrees(
	gateway: Gateway,
	ref: string,
	{platforms, builder, resolveMode}: Options,
): Promise<readonly ProxyTree[]> {
	const wanted = platforms.length === 0 ? [builder] : platforms;
	const trees = await Promise.all(wanted.map(platform => treeOf(gateway, ref, platform, resolveMode)));
	return trees.filter(tree => tree !== undefined);
}

async function treeOf(
	gateway: Gateway,
	ref: string,
	platform: Platform,
	resolveMode: string,
): Promise<ProxyTree | undefined> {
	try {
		const logName = `[sallyport] load metadata for ${ref}`;
		const asked = {ref: fullReference(ref), platform, resolveMode, logName};
		const {config} = await gateway.call('resolveImageConfig', asked);
		return config === undefined
			? undefined
			: {platform: platformName(platform), config: digestOf(config), layers: layersOf(config)};
	} catch (error) {
		if (error instanceof GatewayError) {
			return undefined;
		}

		throw error;
	}
}

/** Digests of the layers' contents: the same whatever store or registry the image came from. */
function layersOf(config: Uint8Array): ProxyTree['layers'] {
	try {
		const {rootfs} = JSON.parse(new TextDecoder().decode(config)) as {
			readonly rootfs?: {readonly diff_ids?: unknown};
		};
		const layers: readonly unknown[] = Array.isArray(rootfs?.diff_ids) ? rootfs.diff_ids : [];
		return layers.filter(isDigest);
	} catch {
		return [];
	}
}
