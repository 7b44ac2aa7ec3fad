import {optionValues} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import type {Invocation} from './invocations.ts';
import {askedOf, type Run} from './runs.ts';

/**
 * Names of packages, and of apk's groups of them, that the same RUN takes away again, with a `*` for all that begins so.
 * `undefined` when what is taken away is not known.
 */
export function removedIn(run: Run): ReadonlySet<string> | undefined {
	if (run.script.commands.some(marksAsAutomatic)) {
		return undefined;
	}
	const names = new Set<string>();
	for (const {act, operands} of askedOf(run, 'apt', 'apk', 'yum', 'dnf', 'zypper')) {
		for (const {value} of act === 'remove' ? operands : []) {
			if (value === undefined) {
				return undefined;
			}
			names.add(value);
		}
	}
	return names;
}

/** `apt-mark auto` lets the next clean-up remove whatever nothing else needs. */
function marksAsAutomatic({name, args}: Command): boolean {
	return name === 'apt-mark' && args[0]?.value === 'auto';
}

/** The name of apk's group that an install makes of its packages, e.g. `.build-deps`. */
export function groupOf({command, manager}: Invocation): string | undefined {
	return manager === 'apk' ? optionValues(command, 't', 'virtual')[0] : undefined;
}
