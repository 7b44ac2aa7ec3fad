import {matchesGlob} from './glob.ts';
import {imageNameOf} from './image-name.ts';

/** What an organisation's own table says of an image: another one, or to leave it. */
export type Mapped = {readonly ref: string} | 'kept' | undefined;

/**
 * The first entry that fits counts: `node:* -> registry.example/node-hardened:*`, where each `*` on the right stands for what the
 * one on the left stood for; `postgres:* -> keep` leaves an image alone.
 */
export function mappedBy(ref: string, entries: readonly string[]): Mapped {
	const {full, tag = 'latest'} = imageNameOf(ref);
	const name = `${full}:${tag}`;
	for (const entry of entries) {
		const [left = '', right = ''] = entry.split('->').map(text => text.trim());
		const pattern = patternOf(left);
		if (left !== '' && right !== '' && matchesGlob(name, pattern)) {
			return right === 'keep' ? 'kept' : {ref: filled(right, starsIn(name, pattern))};
		}
	}

	return undefined;
}

/** `node` → `docker.io/library/node:*`: written as short as in a Dockerfile, compared in full. */
function patternOf(text: string): string {
	const {full, tag = '*'} = imageNameOf(text);
	return `${full}:${tag}`;
}

/** What each `*` stands for, the shortest text first; `**` counts as one. */
function starsIn(name: string, pattern: string): readonly string[] {
	const parts = pattern.split(/\*+/);
	const found: string[] = [];
	let at = parts[0]?.length ?? 0;
	for (const [index, part] of parts.slice(1).entries()) {
		const isLast = index === parts.length - 2;
		const next = isLast ? name.length - part.length : name.indexOf(part, at);
		found.push(name.slice(at, Math.max(at, next)));
		at = Math.max(at, next) + part.length;
	}

	return found;
}

function filled(text: string, stars: readonly string[]): string {
	let index = -1;
	return text.replaceAll('*', () => {
		index += 1;
		return stars[index] ?? stars.at(-1) ?? '';
	});
}
