import {existsSync, readFileSync} from 'node:fs';
import {assembleBundle} from '../../policies/assemble.ts';
import type {Bundle} from '../../policies/bundle.ts';
import {openYaml} from '../../policies/yaml-text.ts';
import {documentDigest} from '../../proto/signed-document.ts';

/** The bundle that judges when nobody names one. */
export function baselineOf(): Bundle {
	return builtIn('baseline');
}

/** A bundle that comes with this version, before anything stands beside it. */
export function builtIn(name: string): Bundle {
	return bundleFrom(readFileSync(fileOf(name), 'utf8'), `${name}.yaml`);
}

/** A bundle of one's own, which may extend those that come with this version. */
export function bundleFrom(text: string, file = 'test.yaml'): Bundle {
	return assembleBundle(openYaml(text, file), {
		find: name =>
			existsSync(fileOf(name)) ? openYaml(readFileSync(fileOf(name), 'utf8'), `${name}.yaml`) : undefined,
		digestOf: documentDigest,
	});
}

function fileOf(name: string): URL {
	return new URL(`../../policies/bundles/${name}.yaml`, import.meta.url);
}
