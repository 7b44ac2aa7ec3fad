import type {Rule} from '../rule.ts';
import {startCommands, startOf} from './start.ts';

// They start others, and do not wait for orphans that are not theirs.
const NEVER_REAPS: ReadonlySet<string> = new Set([
	'node',
	'nodejs',
	'npm',
	'npx',
	'yarn',
	'pnpm',
	'nodemon',
	'ts-node',
	'tsx',
]);
const INITS: ReadonlySet<string> = new Set([
	'tini',
	'tini-static',
	'dumb-init',
	'catatonit',
	'init',
	's6-svscan',
	'supervisord',
	'runsvdir',
]);

export const initReaps: Rule = function* (subject) {
	const [first] = startCommands(subject);
	const {entrypoint, cmd} = startOf(subject);
	const own = cmd ?? entrypoint;
	if (first === undefined || own === undefined || INITS.has(first.name) || !NEVER_REAPS.has(first.name)) {
		return;
	}

	const {file} = subject;
	const message = `${first.name} becomes the container's first process, which has to collect every ended process, and it only collects its own, so zombies pile up: start it with tini or dumb-init, or run the container with --init.`;
	yield {result: 'fail', message, place: {file, line: first.line}};
};
