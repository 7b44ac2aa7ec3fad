import type {ProxyTree} from '../../proto/build-record.ts';
import {digestOf, isDigest} from '../../proto/digest.ts';
import {GatewayError} from '../error.ts';
import type {Gateway} from '../gateway/client.ts';
import {type Options, type Platform, platformName} from '../options.ts';

/**
 * What the proxy's image is made of on each platform, by content. One that the builder cannot tell about is left out: the build
 * that needs it says why it cannot be had.
 */
export async function readProxyTrees(
	gateway: Gateway,
	ref: string,
	{platforms, builder, resolveMode}: Pick<Options, 'platforms' | 'builder' | 'resolveMode'>,
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
		const {config} = await gateway.call('resolveImageConfig', {ref, platform, resolveMode, logName});
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
