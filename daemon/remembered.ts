import {createHmac} from 'node:crypto';
import {join} from 'node:path';
import {openSamples} from './capacity.ts';
import type {ImageConfig} from './docker/image-config.ts';
import type {Report} from './event-codes.ts';
import {type FirstSeenBook, openFirstSeen} from './first-seen.ts';
import type {Remembered} from './probes/remembered.ts';

/** Texts of proxies' configurations: one for each image, and images are few. */
const MAX_TEXTS = 32;
const MAX_TEXT = 256 * 1024;
const MAX_IMAGES = 256;

/** What outlives a look. Configurations stay in the state folder; all the rest is learned again after a start. */
export async function openRemembered(
	folder: string,
	report: Report,
): Promise<Remembered & Pick<FirstSeenBook, 'written'>> {
	const {key, firstSeen, written} = await openFirstSeen(join(folder, 'first-seen.jsonl'), report);
	const texts = new Map<string, string>();
	const images = new Map<string, ImageConfig>();
	return {
		keyed: text => createHmac('sha256', key).update(text).digest('hex').slice(0, 16),
		firstSeen,
		written,
		sampled: openSamples(),
		image: async (digest, read) => {
			const image = images.get(digest) ?? (await read());
			if (image !== undefined) {
				keepNewest(images, digest, image, MAX_IMAGES);
			}

			return image;
		},
		original: (digest, text) => {
			if (text !== undefined && text.length <= MAX_TEXT) {
				keepNewest(texts, digest, text, MAX_TEXTS);
			}

			return texts.get(digest);
		},
	};
}

/** The one that was used longest ago goes first. */
function keepNewest<T>(map: Map<string, T>, key: string, value: T, max: number): void {
	map.delete(key);
	map.set(key, value);
	const [oldest] = map.keys();
	if (map.size > max && oldest !== undefined) {
		map.delete(oldest);
	}
}
