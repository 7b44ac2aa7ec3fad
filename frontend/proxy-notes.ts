import {floorOf, namesOf, openHoles} from '../policies/proxy-floor.ts';
import {FrontendError} from './error.ts';
import {type Options, type Platform, platformName, platformsOf} from './options.ts';
import {namesFor, type ProxySources, sourceFor} from './proxy-trees.ts';

const MOST_NAMED = 4;

/** That the layer which goes into this image has holes which are closed in a newer one, as sentences. */
export function notesOnProxy(sources: ProxySources, options: Options): readonly string[] {
	const notes = platformsOf(options).flatMap(platform => {
		const source = sourceFor(sources, platform);
		const holes = openHoles(source?.versions ?? {});
		const packages = [...new Set(holes.map(hole => hole.package))];
		const first = packages[0];
		if (source === undefined || first === undefined) {
			return [];
		}

		const old = packages.map(name => `${name} ${source.versions?.[name]} is older than ${floorOf(name)}`);
		return [
			`The proxy in ${source.ref} has known holes (${namesOf(holes, MOST_NAMED)}): ${old.join(', ')}. Make or pull ${source.ref} anew and build again; only the proxy's layer changes.`,
		];
	});
	return [...new Set(notes)];
}

/**
 * @param sources what the builder said of the proxy's image
 * @throws {FrontendError} FRONTEND_NO_PROXY for the first platform that it has none for
 */
export function refuseMissingProxy(sources: ProxySources, options: Options): void {
	for (const platform of platformsOf(options)) {
		const source = sourceFor(sources, platform);
		if (source?.missing !== undefined) {
			throw new FrontendError(
				'FRONTEND_NO_PROXY',
				sentenceFor(source.ref, platform, source.missing, options),
			);
		}
	}
}

function sentenceFor(ref: string, platform: Platform, reason: string, {builder}: Options): string {
	const [usual = ref, own = ref] = namesFor(ref, platform);
	const isOwn = platform.architecture === builder.architecture && platform.os === builder.os;
	const name = platformName(platform);
	const make = isOwn
		? `docker build --target proxy-nginx -t ${usual} .`
		: `docker build --platform ${name} --target proxy-nginx -t ${own} .`;
	return `The builder has no ${usual} for ${name}, from which the proxy would come: make it in Sallyport's sources with "${make}", or build without a proxy (--build-arg SALLYPORT_PROXY=none). The builder says: ${reason}`;
}
