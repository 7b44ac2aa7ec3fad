/**
 * A reference in full, as every registry client reads it: `node:24` is `docker.io/library/node:24`. BuildKit's own frontend only
 * hands over such; what comes in short is looked for under that name on some engines, and on a host of that name.
 */
export function fullReference(ref: string): string {
	const at = ref.indexOf('@');
	const named = at < 0 ? ref : ref.slice(0, at);
	const digest = at < 0 ? '' : ref.slice(at);
	const slash = named.indexOf('/');
	const first = slash < 0 ? '' : named.slice(0, slash);
	const hasRegistry = first === 'localhost' || /[.:]|[A-Z]/.test(first);
	const path = hasRegistry ? named : `docker.io/${slash < 0 ? 'library/' : ''}${named}`;
	const full = path
		.replace(/^(?:index\.)?docker\.io\/(?=[^/]+$)/, 'docker.io/library/')
		.replace(/^index\.docker\.io\//, 'docker.io/');
	const isTagged = full.indexOf(':', full.lastIndexOf('/')) >= 0;
	return `${full}${isTagged || digest !== '' ? '' : ':latest'}${digest}`;
}
