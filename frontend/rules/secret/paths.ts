/** Linux takes no longer path, so a build ends there. Folders made deeper and deeper by an enemy would cost quadratic time. */
const MAX_PATH = 4096;

/** Absolute path in the image; `.` and `..` resolved, no trailing slash except for the root itself. */
export function resolvePath(workdir: string, path: string): string {
	if (path.startsWith('/') || workdir.length > MAX_PATH) {
		return resolved(path);
	}

	// Usually there is nothing to resolve, and going one folder deeper does not cost all the folders above.
	return /(?:^|\/)\.{0,2}(?:\/|$)/.test(path)
		? resolved(`${workdir}/${path}`)
		: `${workdir === '/' ? '' : workdir}/${path}`;
}

function resolved(path: string): string {
	const parts: string[] = [];
	for (const part of path.split('/')) {
		if (part === '..') {
			parts.pop();
		} else if (part !== '' && part !== '.') {
			parts.push(part);
		}
	}

	return `/${parts.join('/')}`;
}

/** What is left of `path` below `folder`; empty when they are the same, absent when it lies elsewhere. */
export function below(folder: string, path: string): string | undefined {
	const prefix = folder === '/' ? '/' : `${folder}/`;
	return path === folder ? '' : path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

export function baseName(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * Whether COPY's pattern takes a path in, as a file or as a folder above it. `*` and `?` stay inside one name; a bracket
 * stands for any one character, so that we rather look at too much than at too little.
 */
export function takesIn(pattern: string, path: string): boolean {
	const wanted = resolvePath('/', pattern).slice(1).split('/').filter(Boolean);
	const parts = resolvePath('/', path).slice(1).split('/').filter(Boolean);
	return (
		wanted.length <= parts.length && wanted.every((part, index) => matchesName(part, parts[index] ?? ''))
	);
}

/** One name against one part of a pattern. Remembers one star at a time, so no pattern takes more than length times length. */
export function matchesName(pattern: string, name: string): boolean {
	const tokens = pattern.match(/\[[^\]]{1,100}\]|\\?[\s\S]/g) ?? [];
	let token = 0;
	let at = 0;
	let star: {readonly token: number; readonly at: number} | undefined;
	while (at < name.length) {
		const wanted = tokens[token];
		if (wanted === '*') {
			star = {token, at};
			token += 1;
		} else if (wanted !== undefined && (isAnyOne(wanted) || wanted.at(-1) === name[at])) {
			token += 1;
			at += 1;
		} else if (star === undefined) {
			return false;
		} else {
			star = {token: star.token, at: star.at + 1};
			token = star.token + 1;
			at = star.at;
		}
	}

	return tokens.slice(token).every(rest => rest === '*');
}

function isAnyOne(token: string): boolean {
	return token === '?' || (token.length > 2 && token.startsWith('['));
}
