import {subcommandOf} from '../../shell/options.ts';
import {failAt} from '../package/finding.ts';
import {isForDevelopment} from '../package/stages.ts';
import type {Rule} from '../rule.ts';
import {finalImage, isSetFinally, startsOf} from './starts.ts';

const MANAGERS: ReadonlySet<string> = new Set(['npm', 'yarn', 'pnpm']);
const VARIABLE = 'NODE_ENV=production';

export const nodeRuntime: Rule = function* (subject) {
	if (finalImage(subject)?.name !== 'node' || isForDevelopment(subject)) {
		return;
	}
	const starts = startsOf(subject);
	for (const command of starts.filter(({name}) => MANAGERS.has(name))) {
		const what = [command.name, subcommandOf(command) ?? '']
			.join(' ')
			.trim()
			.replaceAll(/[^\w :-]/g, '?')
			.slice(0, 40);
		const message = `${what} stands between Docker and the program, and may not hand on the signal to stop: start the program itself, such as CMD ["node", "server.js"].`;
		yield failAt(subject, command, message);
	}
	const [node] = starts.filter(({name}) => name === 'node');
	if (node !== undefined && !isSetFinally(subject, 'NODE_ENV')) {
		const message = `NODE_ENV is not set, so libraries show errors in full and cache less, as if in development: write ENV ${VARIABLE}.`;
		yield failAt(subject, node, message, {title: VARIABLE, append: [`ENV ${VARIABLE}`]});
	}
};
