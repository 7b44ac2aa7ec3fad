import type {Dockerfile, Stage} from '../../dockerfile/ast.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import {plainVariablesIn} from './variables.ts';

const platform: ReadonlySet<string> = new Set([
	...['BUILD', 'TARGET'].flatMap(side =>
		['PLATFORM', 'OS', 'OSVERSION', 'ARCH', 'VARIANT'].map(part => side + part),
	),
	'TARGETSTAGE',
]);

/** What ARG declares before the first FROM. */
export function declaredArguments({globalArgs, escape: escapeBy}: Dockerfile): ReadonlySet<string> {
	return new Set(globalArgs.flatMap(instruction => pairsOf(instruction, escapeBy)).map(({name}) => name));
}

/** Variables of a FROM and its platform that neither the file nor BuildKit sets. */
export function undeclaredIn(
	{escape: escapeBy}: Dockerfile,
	{base, from}: Stage,
	declared: ReadonlySet<string>,
): readonly string[] {
	const flags = from.flags.flatMap(({name, value}) =>
		name === 'platform' && value !== undefined ? [value] : [],
	);
	const used = new Set([base.text, ...flags].flatMap(text => plainVariablesIn(text, escapeBy)));
	return [...used].filter(name => !declared.has(name) && !platform.has(name));
}
