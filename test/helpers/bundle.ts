import {readFileSync} from 'node:fs';
import type {Bundle} from '../../policies/bundle.ts';
import {parseBundle} from '../../policies/parse-bundle.ts';

/** The bundle that judges when nobody names one. */
export function baselineOf(): Bundle {
	const file = new URL('../../policies/bundles/baseline.yaml', import.meta.url);
	return parseBundle(readFileSync(file, 'utf8'), 'baseline.yaml');
}
