import type {Command} from '../../shell/script.ts';
import {ranCommands} from '../ran.ts';
import type {Subject} from '../rule.ts';

/** A text that goes into a program's own settings. */
export interface Written {
	readonly text: string;
	readonly line: number;
}

/** What `echo` and `printf` write into files of these names: `echo insecure >> ~/.curlrc`. */
export function writtenInto(subject: Subject, ...files: readonly string[]): readonly Written[] {
	return ranCommands(subject, 'echo', 'printf')
		.filter(command => files.includes(targetOf(command)))
		.map(({args, line}) => ({text: args.map(({unquoted}) => unquoted).join(' '), line}));
}

function targetOf({redirects}: Command): string {
	const path = redirects.find(({operator}) => operator === '>' || operator === '>>')?.target?.unquoted ?? '';
	return path.slice(path.lastIndexOf('/') + 1);
}
