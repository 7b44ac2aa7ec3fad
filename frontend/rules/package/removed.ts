import {optionValues} from '../../shell/options.ts';
import type {Script} from '../../shell/script.ts';
import {type Invocation, invocationsIn} from './invocations.ts';

/**
 * Names of packages, and of apk's groups of them, that the same RUN takes away again, with a `*` for all that begins so.
 * `undefined` when what is taken away is not known.
 */
export function removedIn(script: Script): ReadonlySet<string> | undefined {
	const names = new Set<string>();
	for (const {act, operands} of invocationsIn(script.commands, 'apt', 'apk', 'yum', 'dnf', 'zypper')) {
		for (const {value} of act === 'remove' ? operands : []) {
			if (value === undefined) {
				return undefined;
			}
			names.add(value);
		}
	}
	return names;
}

/** The name of apk's group that an install makes of its packages, e.g. `.build-deps`. */
export function groupOf({command, manager}: Invocation): string | undefined {
	return manager === 'apk' ? optionValues(command, 't', 'virtual')[0] : undefined;
}
