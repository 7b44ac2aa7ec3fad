import type {Dockerfile, Flag, Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {withoutInstruction} from '../instruction-edits.ts';
import {failAt, fixOf} from '../package/finding.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {windowsStages} from './windows.ts';

export const windowsFlags: Rule = function* (subject) {
	for (const {instructions} of windowsStages(subject)) {
		for (const instruction of instructions) {
			yield* judge(instruction, subject);
		}
	}
};

function* judge(instruction: Instruction, subject: Subject): Generator<RuleFinding> {
	const {keyword, flags} = instruction;
	if (keyword === 'STOPSIGNAL') {
		const message = 'Windows has no signals, so STOPSIGNAL does nothing there: leave it out.';
		yield failAt(
			subject,
			instruction,
			message,
			fixOf('without STOPSIGNAL', withoutInstruction(subject.dockerfile, instruction)),
		);
	}
	for (const flag of flags) {
		if ((keyword === 'COPY' || keyword === 'ADD') && (flag.name === 'chown' || flag.name === 'chmod')) {
			const message = `Windows knows no such owners and modes, so --${flag.name} does nothing there: leave it out, and set rights with icacls.`;
			yield failAt(
				subject,
				instruction,
				message,
				fixOf(`without --${flag.name}`, withoutFlag(subject.dockerfile, flag)),
			);
		}
		if (keyword === 'RUN' && flag.name === 'mount') {
			const message =
				'Builds on Windows know no --mount: copy what is needed, and take it away in the same RUN.';
			yield failAt(subject, instruction, message);
		}
	}
}

/** With the blanks behind it. */
function withoutFlag({bytes}: Dockerfile, {span}: Flag): Edit {
	let {end} = span;
	while (bytes[end] === 0x20 || bytes[end] === 0x09) {
		end += 1;
	}
	return {span: {start: span.start, end}, text: ''};
}
