import {readdir, readFile} from 'node:fs/promises';
import {type Bundle, parseBundle} from '../policies/bundle.ts';
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
	const text = isName ? await readText(new URL(`${name}.yaml`, folder)) : undefined;
	if (text === undefined) {
		const known = (await readdir(folder))
			.filter(file => file.endsWith('.yaml'))
			.map(file => file.slice(0, -'.yaml'.length));
		throw new FrontendError(
			'FRONTEND_BAD_OPTION',
			`${JSON.stringify(name.slice(0, 64))} is not a policy that this frontend's image brings; it has ${known.toSorted().join(', ')}`,
		);
	}

	return parseBundle(text, `${name}.yaml`);
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
