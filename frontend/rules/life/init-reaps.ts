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
export const initReaps: Rule = function* (subject) {
	const [first] = startCommands(subject);
	const {entrypoint, cmd} = startOf(subject);
	const own = cmd ?? entrypoint;
	// Behind the proxy the supervisor is the first process, and reaps.
	const isSupervised = subject.plan !== undefined;
	if (first === undefined || own === undefined || isSupervised || !NEVER_REAPS.has(first.name)) {
		return;
	}

	const {file} = subject;
	const message = `${first.name} becomes the container's first process, which has to collect every ended process, and it only collects its own, so zombies pile up: start it with tini or dumb-init, or run the container with --init.`;
	yield {result: 'fail', message, place: {file, line: first.line}};
};
