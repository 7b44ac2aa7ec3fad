import type {Rule} from '../rule.ts';
import {startOf} from './start.ts';

const WRITE = 'write CMD or ENTRYPOINT with what the container is to run';

export const commandDefined: Rule = function* (subject) {
	const {chain, images, file, target} = subject;
	const {entrypoint, cmd} = startOf(subject);
	if (entrypoint !== undefined || cmd !== undefined) {
		return;
	}

	const facts = chain.base === undefined ? undefined : images.get(chain.base);
	const place = {file, line: target.from.line};
	if (chain.base === 'scratch' || (facts !== undefined && isEmpty(facts.entrypoint) && isEmpty(facts.cmd))) {
		const message = `The image says nothing of what it runs, so docker run needs a command every time: ${WRITE}.`;
		yield {result: 'fail', message, place};
	} else if (facts === undefined) {
		const message = `Neither CMD nor ENTRYPOINT is set here, and what the base image runs only a build can look up: ${WRITE}.`;
		yield {result: 'not-evaluated', message, place};
	}
};

function isEmpty(words: readonly string[] | undefined): boolean {
	return words === undefined || words.length === 0;
}
