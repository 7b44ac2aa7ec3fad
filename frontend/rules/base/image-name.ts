/** A reference as every registry client reads it: `node:24` is `docker.io/library/node`, tag `24`. */
export interface ImageName {
	readonly registry: string;
	/** `library/node`. */
	readonly path: string;
	/** Registry and path. */
	readonly full: string;
	readonly tag: string | undefined;
	/** `sha256:…`; what follows the `@`, whatever it is. */
	readonly digest: string | undefined;
}

export function imageNameOf(ref: string): ImageName {
	const at = ref.indexOf('@');
	const named = at < 0 ? ref : ref.slice(0, at);
	// A colon before the last slash belongs to the registry's port.
	const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
	const name = colon < 0 ? named : named.slice(0, colon);
	const slash = name.indexOf('/');
	const first = slash < 0 ? '' : name.slice(0, slash);
	const hasRegistry = first === 'localhost' || /[.:]/.test(first);
	const registry = hasRegistry
		? first.replace(/^(?:index|registry-1)\.docker\.io$/, 'docker.io')
		: 'docker.io';
	const rest = hasRegistry ? name.slice(slash + 1) : name;
	const path = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
	return {
		registry,
		path,
		full: `${registry}/${path}`,
		tag: colon < 0 ? undefined : named.slice(colon + 1),
		digest: at < 0 ? undefined : ref.slice(at + 1),
	};
}

/** The path of an official image (`node`), or nothing for anybody else's. */
export function officialNameOf({registry, path}: ImageName): string | undefined {
	return registry === 'docker.io' && path.startsWith('library/') ? path.slice('library/'.length) : undefined;
}

/** For messages: printable, and short. */
export function shownRef(ref: string): string {
	const text = ref.replaceAll(/[^\x21-\x7e]/g, '?');
	return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
