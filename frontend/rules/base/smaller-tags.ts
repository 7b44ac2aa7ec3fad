/**
 * How the makers of images write the tag of the smaller image beside a tag. Each answers with nothing where the tag is not of the
 * form that it knows: an odd tag has no certain neighbour.
 */
export type TagRule = (tag: string) => string | undefined;

const CODENAME = /^(?:trixie|bookworm|bullseye|buster|stretch|jessie|noble|jammy|focal|bionic)$/;
const VERSION = /^\d+(?:\.\d+){0,3}(?:rc\d+|a\d+|b\d+)?$/;
const MOVING = /^(?:latest|lts|current|stable|nightly)$/;

/** `24-bookworm` → `24-bookworm-slim`, `latest` → `slim`: node, swift, bun. */
export const slimAtEnd: TagRule = tag => {
	const [head = '', ...rest] = tag.split('-');
	const isKnown = (VERSION.test(head) || MOVING.test(head) || isNodeName(head)) && rest.every(isCodename);
	return isKnown && rest.length < 2 ? joined(head === 'latest' ? '' : head, ...rest, 'slim') : undefined;
};

/** `3.12-bookworm` → `3.12-slim-bookworm`, `bookworm` → `slim-bookworm`: python, ruby, perl, rust and others. */
export const slimAfterVersion: TagRule = tag => {
	const [head = '', ...rest] = tag.split('-');
	const variants = rest.filter(part => !isCodename(part) && part !== 'threaded' && part !== 'rc');
	if (variants.length > 0 || !(VERSION.test(head) || MOVING.test(head) || isCodename(head))) {
		return undefined;
	}

	const isNamed = isCodename(head) || head === 'latest';
	const version = isNamed ? '' : joined(head, ...rest.filter(part => part === 'rc'));
	return joined(
		version,
		'slim',
		isCodename(head) ? head : '',
		...rest.filter(part => part === 'threaded'),
		...rest.filter(isCodename),
	);
};

/** `bookworm`, `12.5`, `bookworm-20250101`, `stable` → the same with `-slim`: debian. */
export const slimDebian: TagRule = tag => {
	const isKnown =
		/^(?:[a-z]{3,12}|\d+(?:\.\d+)?)(?:-\d{8})?$/.test(tag) && !/^(?:latest|experimental)$/.test(tag);
	return tag === 'latest' ? 'stable-slim' : isKnown ? `${tag}-slim` : undefined;
};

/** One word of the tag is another: `21-jdk-noble` → `21-jre-noble`, `12.6-devel` → `12.6-runtime`. */
export function insteadOf(word: string, other: string): TagRule {
	return tag => {
		const parts = tag.split('-');
		return parts.includes(word) ? parts.map(part => (part === word ? other : part)).join('-') : undefined;
	};
}

/** `9` → `9-minimal`: of images whose tags are nothing but versions. */
export function versionWith(suffix: string): TagRule {
	return tag => (VERSION.test(tag) ? `${tag}-${suffix}` : undefined);
}

/** Tags are the same in the smaller image's repository. */
export const sameTag: TagRule = tag => tag;

function isCodename(part: string): boolean {
	return CODENAME.test(part);
}

/** Node.js names its long-term lines by chemical elements. */
function isNodeName(part: string): boolean {
	return /^(?:gallium|hydrogen|iron|jod|krypton)$/.test(part);
}

function joined(...parts: readonly string[]): string {
	return parts.filter(part => part !== '').join('-');
}
