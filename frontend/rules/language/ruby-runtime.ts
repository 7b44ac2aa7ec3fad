import {insertBefore} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {copiedFiles} from '../package/copied.ts';
import {failAt, fixOf} from '../package/finding.ts';
import {installsOf} from '../package/runs.ts';
import {environmentOf} from '../package/variables.ts';
import type {Fix, Rule} from '../rule.ts';

const LOCK = 'Gemfile.lock';
const FROZEN = ['BUNDLE_FROZEN', 'BUNDLE_DEPLOYMENT'];

export const rubyRuntime: Rule = function* (subject) {
	const isConfigured = subject.scripts.some(({text}) =>
		/config [^\n&;]{0,60}(?:deployment|frozen)/.test(text),
	);
	const installs = isConfigured ? [] : installsOf(subject, 'bundle');
	if (installs.length === 0) {
		return;
	}
	const env = environmentOf(subject);
	const liesBeside = copiedFiles(subject, [LOCK]);
	for (const {command} of installs) {
		const {stage, instruction} = command.script;
		const isFrozen =
			hasOption(command, 'deployment', 'frozen') || FROZEN.some(name => env(command, name) !== undefined);
		if (!isFrozen && liesBeside(stage, instruction, [LOCK])) {
			const message = `${LOCK} was copied in, and bundler may still choose other versions and rewrite it: write BUNDLE_FROZEN=true bundle install, or ENV BUNDLE_DEPLOYMENT=1.`;
			yield failAt(subject, command, message, repair(command));
		}
	}
};

function repair(command: Command): Fix | undefined {
	const isPlain = command.startedBy === undefined && command.assignments.length === 0;
	return isPlain ? fixOf('BUNDLE_FROZEN=true', insertBefore(command, 'BUNDLE_FROZEN=true ')) : undefined;
}
