import type {Edit} from '../../dockerfile/edit.ts';
import {operandsOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {ranCommands} from '../ran.ts';
import type {Rule} from '../rule.ts';
import {instead} from './whole.ts';

const SH: ReadonlySet<string> = new Set(['/bin/sh', '/usr/bin/sh', 'sh']);

export const noShRelink: Rule = function* (subject) {
	const {file} = subject;
	for (const command of ranCommands(subject, 'ln')) {
		const [source, target] = operandsOf(command);
		if (source?.value === undefined || target?.value === undefined || !SH.has(target.value)) {
			continue;
		}
		const shell = source.value.startsWith('/') ? source.value : `/bin/${source.value}`;
		const edit = shell.endsWith('/bash') ? asShell(command, shell) : undefined;
		yield {
			result: 'fail',
			message:
				'Every script of the system that asks for sh gets another one from now on, until a package puts it back: write SHELL ["/bin/bash", "-c"] for the instructions that need bash.',
			place: {file, line: command.line},
			...(edit === undefined ? {} : {fix: {title: 'SHELL instead of another /bin/sh', edits: [edit]}}),
		};
	}
};

/** Where the RUN does nothing else. */
function asShell({script}: Command, shell: string): Edit | undefined {
	const {commands, dockerfile, instruction, tree} = script;
	const isOnly =
		commands.length < 5 &&
		commands.every(
			({name, args}) =>
				name === 'ln' || ((name === 'rm' || name === 'mv') && args.some(({value}) => SH.has(value ?? ''))),
		);
	const isPlain =
		tree !== undefined &&
		instruction.openEscapes === undefined &&
		instruction.flags.length === 0 &&
		instruction.heredocs.length === 0;
	return isOnly &&
		isPlain &&
		/^[\w./-]+$/.test(shell) &&
		commands.filter(({name}) => name === 'ln').length === 1
		? instead(dockerfile, instruction, `SHELL ["${shell}", "-c"]`)
		: undefined;
}
