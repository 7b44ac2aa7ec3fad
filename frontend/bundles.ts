import {readdir, readFile, writeFile} from 'node:fs/promises';
import {basename} from 'node:path';
import {fileURLToPath} from 'node:url';
import {assembleBundle} from '../policies/assemble.ts';
import {type Bundle, extendedNames} from '../policies/bundle.ts';
import type {Field} from '../policies/fields.ts';
import {inForce} from '../policies/grace.ts';
import type {PolicyFiles, Standing} from '../policies/standing.ts';
import {digestOf} from '../proto/digest.ts';
import {documentDigest, fingerprintOf, isDocumentSignedBy} from '../proto/signed-document.ts';
import {FrontendError} from './error.ts';
import {readPolicyFiles, readText} from './policy-files.ts';

/** The bundle that judges when nobody names one. */
export const DEFAULT_BUNDLE = 'baseline';

/**
 * Loads an approved bundle from the frontend's own image, with what stands beside it, as it acts at a moment. A bundle never
 * comes from the build context: whoever writes the Dockerfile would choose what it is judged by.
 * @param name the image's usual bundle when absent
 * @param folder where this image keeps its bundles; keys, approvals and waivers lie in folders beside it
 * @throws {FrontendError} FRONTEND_BAD_OPTION when there is no such bundle, naming those that there are
 * @throws {PolicyError} for a bundle or a trust file that cannot be used
 */
export async function loadBundle(name: string | undefined, folder: URL, now: Date): Promise<Bundle> {
	const files = await readPolicyFiles(folder, name ?? DEFAULT_BUNDLE);
	const choosable = await choosableOf(files);
	const chosen = name ?? choosable[0] ?? DEFAULT_BUNDLE;
	const isAllowed = choosable.length === 0 || choosable.includes(chosen);
	const root = isAllowed ? await documentOf(chosen, [folder]) : undefined;
	if (root === undefined) {
		throw await unknown(chosen, choosable, folder);
	}

	const bundle = await assembled(root, [folder]);
	if (bundle.name !== chosen) {
		const message = `${chosen}.yaml in this frontend's image is the policy ${bundle.name}; a bundle lies in a file of its own name`;
		throw new FrontendError('FRONTEND_BAD_OPTION', message);
	}

	// The signature is read by name, and the name may have been found only now.
	const beside = chosen === name || files === undefined ? files : await readPolicyFiles(folder, chosen);
	return standing(bundle, beside, now);
}

/**
 * Loads a bundle from a file anywhere, with what stands beside its folder.
 * @param builtIn where the bundles are that come with this program, for it to extend
 * @throws {PolicyError} for a bundle or a trust file that cannot be used
 */
export async function loadBundleFile(file: URL, builtIn: URL, now: Date): Promise<Bundle> {
	const name = basename(fileURLToPath(file)).replace(/\.ya?ml$/, '');
	const files = await readPolicyFiles(new URL('./', file), name);
	return standing(await readBundleFile(file, builtIn), files, now);
}

/** A bundle as it is written, whatever stands beside it. @throws {PolicyError} for one that cannot be used */
export async function readBundleFile(file: URL, builtIn: URL): Promise<Bundle> {
	const root = await written(await readFile(file, 'utf8'), basename(fileURLToPath(file)));
	return assembled(root, [new URL('./', file), builtIn]);
}

/** A document, and the digest of the text it was read from. */
interface Written extends Field {
	readonly textDigest: string;
}

/** Bundles by the texts that they are made of. The image's snapshot holds its own, so that a build need not assemble them. */
const assembledBy = new Map<string, Bundle>();

async function assembled(root: Written, folders: readonly URL[]): Promise<Bundle> {
	const found = await documentsFor(root, folders);
	const key = [root, ...found.values()].map(({file, textDigest}) => `${file} ${textDigest}`).join('\n');
	const bundle =
		assembledBy.get(key) ?? assembleBundle(root, {find: name => found.get(name), digestOf: documentDigest});
	assembledBy.set(key, bundle);
	return bundle;
}

async function standing(bundle: Bundle, files: PolicyFiles | undefined, now: Date): Promise<Bundle> {
	const found = files === undefined ? undefined : await standingFor(bundle, files, now);
	const acting = inForce(bundle, now, found?.approval.adoptedAt);
	return found === undefined ? acting : {...acting, standing: found};
}

/**
 * Parses every bundle once and leaves the result beside it, when the image is made: YAML takes a hundredth of a second, and
 * every build would pay for it.
 */
export async function prepareBundles(folder: URL): Promise<void> {
	for (const name of await namesIn(folder)) {
		const text = await readFile(new URL(`${name}.yaml`, folder), 'utf8');
		const {value: document} = await open(text, `${name}.yaml`);
		await writeFile(new URL(`${name}.json`, folder), JSON.stringify({of: digestOf(text), document}));
	}
}

/** Who approved a bundle and what is waived, from the files beside it. */
export async function standingFor(bundle: Bundle, files: PolicyFiles, now: Date): Promise<Standing> {
	const {standingOf} = await import('../policies/standing.ts');
	const seals = {fingerprintOf, isSignedBy: isDocumentSignedBy};
	return standingOf(bundle, documentDigest(bundle.document), files, {seals, now});
}

async function choosableOf(files: PolicyFiles | undefined): Promise<readonly string[]> {
	if (files === undefined || files.keys.size === 0) {
		return [];
	}

	const {choosablePolicies} = await import('../policies/standing.ts');
	return choosablePolicies(files.keys);
}

/** The documents of all bundles that one extends, by name. */
async function documentsFor(root: Field, folders: readonly URL[]): Promise<ReadonlyMap<string, Written>> {
	const found = new Map<string, Written>();
	const wanted = [...extendedNames(root.value)];
	for (const each of wanted) {
		const field = found.has(each) ? undefined : await documentOf(each, folders);
		if (field !== undefined) {
			found.set(each, field);
			wanted.push(...extendedNames(field.value));
		}
	}

	return found;
}

/** The first that there is in these folders. */
async function documentOf(name: string, folders: readonly URL[]): Promise<Written | undefined> {
	// The name becomes a path, so it is held to letters, digits and dashes.
	if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
		return undefined;
	}

	for (const folder of folders) {
		const text = await readText(new URL(`${name}.yaml`, folder));
		if (text !== undefined) {
			return written(text, `${name}.yaml`, new URL(`${name}.json`, folder));
		}
	}

	return undefined;
}

/** Documents by the digest of their text, as they were parsed. */
const parsedBy = new Map<string, Written>();

/** @param prepared where the text may lie parsed already */
async function written(text: string, file: string, prepared?: URL): Promise<Written> {
	const textDigest = digestOf(text);
	const key = `${file} ${textDigest}`;
	const known = parsedBy.get(key);
	if (known !== undefined) {
		return known;
	}

	const ready = prepared === undefined ? undefined : await readText(prepared);
	const document = ready === undefined ? undefined : preparedFor(textDigest, ready);
	const field: Field =
		document === undefined
			? await open(text, file)
			: {value: document, path: [], file, lineOf: () => undefined};
	const made = {...field, textDigest};
	parsedBy.set(key, made);
	return made;
}

// YAML is loaded when there is some to read: most builds have none, and every build would pay for it.
async function open(text: string, file: string): Promise<Field> {
	const {openYaml} = await import('../policies/yaml-text.ts');
	return openYaml(text, file);
}

/** What was prepared, if it was made of this very text: an image that is derived from ours may have changed the bundle since. */
function preparedFor(textDigest: string, prepared: string): unknown {
	try {
		const {of, document} = JSON.parse(prepared) as {readonly of?: unknown; readonly document?: unknown};
		return of === textDigest ? document : undefined;
	} catch {
		return undefined;
	}
}

async function unknown(name: string, choosable: readonly string[], folder: URL): Promise<FrontendError> {
	const known = choosable.length > 0 ? choosable : (await namesIn(folder)).toSorted();
	const shown = JSON.stringify(name.slice(0, 64));
	const verb = choosable.length > 0 ? 'lets a build choose; it has' : 'brings; it has';
	return new FrontendError(
		'FRONTEND_BAD_OPTION',
		`${shown} is not a policy that this frontend's image ${verb} ${known.join(', ')}`,
	);
}

/** Names of the bundles in a folder. */
export async function namesIn(folder: URL): Promise<readonly string[]> {
	const files = await readdir(folder);
	return files.filter(file => file.endsWith('.yaml')).map(file => file.slice(0, -'.yaml'.length));
}
