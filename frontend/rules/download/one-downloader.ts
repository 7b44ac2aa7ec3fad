import type {Stage} from '../../dockerfile/ast.ts';
import type {Rule} from '../rule.ts';
import {fetchesOf} from './fetches.ts';

/** Told once a stage, where the second of the two is first called. */
export const oneDownloader: Rule = function* (subject) {
	const {file} = subject;
	const first = new Map<Stage, string>();
	const told = new Set<Stage>();
	for (const {tool, command} of fetchesOf(subject)) {
		const {stage} = command.script;
		const other = first.get(stage) ?? tool;
		first.set(stage, other);
		if (other !== tool && !told.has(stage)) {
			told.add(stage);
			const message = `This stage downloads with ${other} and with ${tool}: one of the two is enough to install, to configure and to keep up to date.`;
			yield {result: 'fail', message, place: {file, line: command.line}};
		}
	}
};
