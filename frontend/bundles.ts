import {readdir, readFile, writeFile} from 'node:fs/promises';
import {type Bundle, readBundle} from '../policies/bundle.ts';
import {digestOf} from '../proto/digest.ts';
import {FrontendError} from './error.ts';

/** The bundle that judges when nobody names one. */
export const DEFAULT_BUNDLE = 'baseline';

/**
 * Loads an approved bundle from the frontend's own image. A bundle never comes from the build context: whoever writes the
 * Dockerfile would choose what it is judged by.
 * @param folder where this image keeps its approved bundles
 * @throws {FrontendError} FRONTEND_BAD_OPTION when there is no such bundle, naming those that there are
 */
export async function loadBundle(name: string, folder: URL): Promise<Bundle> {
	// The name becomes a path, so it is held to letters, digits and dashes.
	const isName = /^[a-z0-9][a-z0-9-]{0,63}$/.test(name);
	const [text, prepared] = isName
		? await Promise.all([
				readText(new URL(`${name}.yaml`, folder)),
				readText(new URL(`${name}.json`, folder)),
			])
		: [];
	if (text === undefined) {
		const known = (await namesIn(folder)).toSorted().join(', ');
		const shown = JSON.stringify(name.slice(0, 64));
		throw new FrontendError(
			'FRONTEND_BAD_OPTION',
			`${shown} is not a policy that this frontend's image brings; it has ${known}`,
		);
	}

	const document = prepared === undefined ? undefined : preparedFor(text, prepared);
	return document === undefined ? parse(text, `${name}.yaml`) : readBundle(document, `${name}.yaml`);
}

/**
 * Parses every bundle once and leaves the result beside it, when the image is made: YAML takes a hundredth of a second, and
 * every build would pay for it.
 */
export async function prepareBundles(folder: URL): Promise<void> {
	for (const name of await namesIn(folder)) {
		const text = await readFile(new URL(`${name}.yaml`, folder), 'utf8');
		const {document} = await parse(text, `${name}.yaml`);
		await writeFile(new URL(`${name}.json`, folder), JSON.stringify({of: digestOf(text), document}));
	}
}

// YAML is loaded when there is some to read: most builds have none, and every build would pay for it.
async function parse(text: string, file: string): Promise<Bundle> {
	const {parseBundle} = await import('../policies/parse-bundle.ts');
	return parseBundle(text, file);
}

/** What was prepared, if it was made of this very text: an image that is derived from ours may have changed the bundle since. */
function preparedFor(text: string, prepared: string): unknown {
	try {
		const {of, document} = JSON.parse(prepared) as {readonly of?: unknown; readonly document?: unknown};
		return of === digestOf(text) ? document : undefined;
	} catch {
		return undefined;
	}
}

async function namesIn(folder: URL): Promise<readonly string[]> {
	const files = await readdir(folder);
	return files.filter(file => file.endsWith('.yaml')).map(file => file.slice(0, -'.yaml'.length));
}

async function readText(file: URL): Promise<string | undefined> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
			return undefined;
		}

		throw error;
	}
}
