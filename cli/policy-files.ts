import {basename, dirname, join, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {loadBundle, loadBundleFile, readBundleFile} from '../frontend/bundles.ts';
import type {Bundle} from '../policies/bundle.ts';
import {dateOf, type Field} from '../policies/fields.ts';
import {openYaml} from '../policies/yaml-text.ts';
import {signDocument} from '../proto/signed-document.ts';
import {CliError} from './error.ts';
import {readRequiredFile} from './io.ts';
import {readSigner, writeNew} from './key-files.ts';

export const builtIn = new URL('../policies/bundles/', import.meta.url);
const MAX_YAML_BYTES = 1024 * 1024;

/** A bundle by its name or the path of its file, as it acts at a moment. */
export async function bundleAt(nameOrPath: string, now: Date): Promise<Bundle> {
	if (!/[/.]/.test(nameOrPath)) {
		return loadBundle(nameOrPath, builtIn, now);
	}

	// Said here, in the words of a command, when there is none.
	await readRequiredFile(nameOrPath, MAX_YAML_BYTES);
	return loadBundleFile(pathToFileURL(resolve(nameOrPath)), builtIn, now);
}

/** A bundle as it is written, whatever stands beside it: what is to be signed or approved is not yet. */
export async function writtenBundle(nameOrPath: string): Promise<Bundle> {
	const isName = !/[/.]/.test(nameOrPath);
	if (!isName) {
		await readRequiredFile(nameOrPath, MAX_YAML_BYTES);
	}

	return readBundleFile(
		isName ? new URL(`${nameOrPath}.yaml`, builtIn) : pathToFileURL(resolve(nameOrPath)),
		builtIn,
	);
}

/** A document of any kind, with its lines. */
export async function openDocument(path: string): Promise<Field> {
	const bytes = await readRequiredFile(path, MAX_YAML_BYTES);
	return openYaml(new TextDecoder().decode(bytes), basename(path));
}

/** Writes a document and its signature. Neither is there yet, or neither is written. */
export async function writeSigned(
	path: string,
	document: unknown,
	{key, at}: {readonly key: string; readonly at: Date},
): Promise<void> {
	const [signer, {stringify}] = await Promise.all([readSigner(key), import('yaml')]);
	const signature = await signDocument(document, basename(path), signer, at);
	await writeNew(path, stringify(document, {lineWidth: 120, aliasDuplicateObjects: false}));
	await writeNew(`${path}.sig`, `${JSON.stringify(signature)}\n`);
}

/** A folder beside that of a bundle's file, where its approvals or waivers lie; the current one for a built-in bundle. */
export function besideBundle(bundle: string, folder: 'approvals' | 'waivers'): string {
	const path = /[/.]/.test(bundle) ? resolve(bundle) : fileURLToPath(new URL(`${bundle}.yaml`, builtIn));
	const own = dirname(path);
	return basename(own) === 'bundles' && /[/.]/.test(bundle) ? join(dirname(own), folder) : '.';
}

/** Whole seconds: nobody decides in milliseconds. */
export function secondOf(date: Date): string {
	return `${date.toISOString().slice(0, 19)}Z`;
}

/** `2027-01-31` means its first moment in UTC. @throws {CliError} CLI_USAGE */
export function momentOf(option: string, text: string): string {
	const value = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
	try {
		return dateOf({value, path: [`--${option}`], file: 'policy', lineOf: () => undefined});
	} catch (cause) {
		throw new CliError(
			'CLI_USAGE',
			`--${option} is a day such as 2027-01-31 or a moment such as 2027-01-31T12:00:00Z`,
			{cause},
		);
	}
}

/** @throws {CliError} CLI_USAGE when it is missing */
export function requiredOption(option: string, value: string | undefined, example: string): string {
	if (value === undefined || value === '') {
		throw new CliError('CLI_USAGE', `--${option} is missing; it is ${example}`);
	}

	return value;
}

/** `dana@example.com=Dana Approver`, or the id alone. */
export function personOption(
	option: string,
	text: string | undefined,
): {readonly id: string; readonly name: string} {
	const given = requiredOption(option, text, 'who it is, such as "dana@example.com=Dana Approver"');
	const at = given.indexOf('=');
	return at < 0 ? {id: given, name: given} : {id: given.slice(0, at), name: given.slice(at + 1)};
}

/** The one operand of a command. */
export function operandOf(command: string, positionals: readonly string[], what: string): string {
	const [first, ...more] = positionals;
	if (first === undefined || more.length > 0) {
		throw new CliError('CLI_USAGE', `${command} takes ${what}; see "sallyport policy ${command} --help"`);
	}

	return first;
}
