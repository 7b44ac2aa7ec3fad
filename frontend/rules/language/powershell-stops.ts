import type {Instruction, Stage} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import type {Script} from '../../shell/script.ts';
import {failAt, fixOf} from '../package/finding.ts';
import {runsOf} from '../package/runs.ts';
import type {Rule, Subject} from '../rule.ts';

const PREFERENCES = "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';";

export const powershellStops: Rule = function* (subject) {
	const careless = Map.groupBy(
		runsOf(subject)
			.map(({script}) => script)
			.filter(goesOn),
		({stage}) => stage,
	);
	for (const [stage, scripts] of careless) {
		const shells = new Set(scripts.map(({instruction}) => shellBefore(stage, instruction)));
		for (const shell of shells) {
			if (shell !== undefined) {
				const message = `PowerShell goes on after an error, so a RUN can fail and the build succeed: write "${PREFERENCES}" as the last part of SHELL.`;
				yield failAt(
					subject,
					shell,
					message,
					fixOf('stops at the first error', withPreferences(shell, subject)),
				);
			}
		}
	}
};

function goesOn({dialect, text, shell}: Script): boolean {
	return (
		dialect === 'powershell' &&
		!/ErrorActionPreference/i.test(text) &&
		!shell.some(word => /ErrorActionPreference/i.test(word))
	);
}

function shellBefore({instructions}: Stage, {line}: Instruction): Instruction | undefined {
	return instructions.findLast(each => each.keyword === 'SHELL' && each.line < line);
}

/** Behind `-Command`, before the bracket that ends the list. */
function withPreferences({json = [], span}: Instruction, {dockerfile: {bytes}}: Subject): Edit | undefined {
	const close = bytes.lastIndexOf(0x5d, span.end);
	const isLast = /^-c(?:ommand)?$/i.test(json.at(-1) ?? '');
	return isLast && close > span.start
		? {span: {start: close, end: close}, text: `, "${PREFERENCES}"`}
		: undefined;
}
