import {GatewayError} from '../error.ts';
import type {Gateway} from '../gateway/client.ts';
import {fullReference} from '../llb/reference.ts';
import type {Options, Platform} from '../options.ts';
import type {ImageFacts} from '../rules/rule.ts';
import {imageFactsOf} from './image-facts.ts';

/** Most images asked about in one build: more FROMs than this are judged without the builder's word. */
const MAX_IMAGES = 32;
/** How long a registry may think about an image that only a repair of ours wants, in milliseconds. */
const PATIENCE_MS = 15_000;

/**
 * Asks the builder about external images, all at once. One that it cannot tell about is left out: if it is needed, the
 * delegate will say why it cannot be had, better than we could.
 */
export async function readImages(
	gateway: Gateway,
	refs: readonly string[],
	options: Options,
): Promise<ReadonlyMap<string, ImageFacts>> {
	const platform = options.platforms[0] ?? options.builder;
	const wanted = [...new Set(refs)]
		.filter(ref => ref !== 'scratch' && !isReplaced(ref, options))
		.slice(0, MAX_IMAGES);
	const facts = await Promise.all(
		wanted.map(async ref => [ref, await factsOf(gateway, ref, platform, options)] as const),
	);
	return new Map(facts.filter((entry): entry is readonly [string, ImageFacts] => entry[1] !== undefined));
}

/**
 * The same about images that a repair would bring in. Nobody else has asked for them, so no build waits long for a registry that
 * does not answer.
 */
export async function readCandidates(
	gateway: Gateway,
	refs: readonly string[],
	options: Options,
): Promise<ReadonlyMap<string, ImageFacts>> {
	const {promise, resolve} = Promise.withResolvers<ReadonlyMap<string, ImageFacts>>();
	const timer = setTimeout(resolve, PATIENCE_MS, new Map());
	try {
		return await Promise.race([readImages(gateway, refs, options), promise]);
	} finally {
		clearTimeout(timer);
	}
}

/** A named context that stands in for an image: the reference says nothing about what will be used. */
function isReplaced(ref: string, {raw}: Options): boolean {
	return [...raw.keys()].some(key => key === `context:${ref}` || key.startsWith(`context:${ref}::`));
}

async function factsOf(
	gateway: Gateway,
	ref: string,
	platform: Platform,
	{resolveMode}: Options,
): Promise<ImageFacts | undefined> {
	try {
		const logName = `[sallyport] load metadata for ${ref}`;
		const asked = {ref: fullReference(ref), platform, resolveMode, logName};
		const {digest, config} = await gateway.call('resolveImageConfig', asked);
		return {...(digest === undefined || digest === '' ? {} : {digest}), ...imageFactsOf(config)};
	} catch (error) {
		if (error instanceof GatewayError) {
			return undefined;
		}

		throw error;
	}
}
