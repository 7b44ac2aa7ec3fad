import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';

export const uniqueStageNames: Rule = function* ({dockerfile: {stages}, file}) {
	const first = new Map<string, number>();
	for (const {name, from} of stages) {
		const line = name === undefined ? undefined : first.get(name);
		if (name !== undefined && line !== undefined) {
			const message = `The stage in line ${line} is called ${quoted(name)}, too: what comes after this line means this stage, and what comes before it the other. Give each stage a name of its own.`;
			yield {result: 'fail', message, place: {file, line: from.line}};
		} else if (name !== undefined) {
			first.set(name, from.line);
		}
	}
};
