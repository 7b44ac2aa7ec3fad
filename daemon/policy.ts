import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {basename} from 'node:path';
import {pathToFileURL} from 'node:url';
import {assembleBundle} from '../policies/assemble.ts';
import type {Bundle} from '../policies/bundle.ts';
import type {Field} from '../policies/fields.ts';
import {type Files, standingOf} from '../policies/standing.ts';
import {openYaml} from '../policies/yaml-text.ts';
import {documentDigest, fingerprintOf, isDocumentSignedBy} from '../proto/signed-document.ts';
import {DaemonError, reasonOf} from './error.ts';

const builtIn = new URL('../policies/bundles/', import.meta.url);

/**
 * The bundle of a file, or the one that comes with this version, with what stands beside it. What it extends lies in its folder or
 * comes with this version; keys, approvals and waivers lie in folders beside its own, as in the frontend's image.
 * @throws {DaemonError} CONFIG_INVALID for a file that cannot be read
 * @throws {PolicyError} for a bundle or a trust file that cannot be used
 */
export function loadPolicy(path: string | undefined, now: Date): Bundle {
	const file = path === undefined ? new URL('baseline.yaml', builtIn) : pathToFileURL(path);
	const folder = new URL('./', file);
	const bundle = assembleBundle(openYaml(readText(file), basename(file.pathname)), {
		find: name => find(name, [folder, builtIn]),
		digestOf: documentDigest,
	});
	const signature = new URL(`${file.href}.sig`);
	const files = {
		keys: filesIn(new URL('../keys/', file)),
		approvals: filesIn(new URL('../approvals/', file)),
		waivers: filesIn(new URL('../waivers/', file)),
		...(existsSync(signature) ? {bundleSignature: readText(signature)} : {}),
	};
	const seals = {fingerprintOf, isSignedBy: isDocumentSignedBy};
	const standing = standingOf(bundle, documentDigest(bundle.document), files, {seals, now});
	return {...bundle, standing};
}

function find(name: string, folders: readonly URL[]): Field | undefined {
	const file = /^[a-z0-9][a-z0-9-]{0,63}$/.test(name)
		? folders.map(folder => new URL(`${name}.yaml`, folder)).find(each => existsSync(each))
		: undefined;
	return file === undefined ? undefined : openYaml(readText(file), `${name}.yaml`);
}

function filesIn(folder: URL): Files {
	const names = existsSync(folder) ? readdirSync(folder) : [];
	const wanted = names.filter(name => /^[A-Za-z0-9][\w.-]*\.(?:yaml|sig|pub|pem)$/.test(name));
	return new Map(wanted.map(name => [name, readText(new URL(name, folder))]));
}

function readText(file: URL): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (cause) {
		throw new DaemonError('CONFIG_INVALID', `${file.pathname} cannot be read: ${reasonOf(cause)}`, {cause});
	}
}
