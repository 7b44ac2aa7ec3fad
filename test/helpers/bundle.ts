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

/** A bundle of one's own, which may extend those that come with this version, and those given here. */
export function bundleFrom(
	text: string,
	file = 'test.yaml',
	more: readonly (Bundle | {readonly name: string; readonly text: string})[] = [],
): Bundle {
	return assembleBundle(openYaml(text, file), {
		find: name => {
			const own = more.find(each => each.name === name);
			if (own !== undefined) {
				return 'text' in own
					? openYaml(own.text, file)
					: {value: own.document, path: [], file, lineOf: () => undefined};
			}

			return existsSync(fileOf(name))
				? openYaml(readFileSync(fileOf(name), 'utf8'), `${name}.yaml`)
				: undefined;
		},
		digestOf: documentDigest,
	});
}

function fileOf(name: string): URL {
	return new URL(`../../policies/bundles/${name}.yaml`, import.meta.url);
}
