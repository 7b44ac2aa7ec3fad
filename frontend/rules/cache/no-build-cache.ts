import {insertAfter} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import {fixOf} from '../package/finding.ts';
import type {Invocation} from '../package/invocations.ts';
import {managers} from '../package/managers.ts';
import type {Rule} from '../rule.ts';
import {cleaned, type Leftover, leftoverRule} from './leftovers.ts';

const isClean = ({act}: Invocation): boolean => act === 'clean';

/** A repair for a mount is not made: what a later RUN expects in the folder would not be there. */
const KINDS: readonly Leftover[] = [
	{
		managers: ['composer'],
		what: 'what composer downloaded',
		each: true,
		leaves: ({act, command}) => act === 'install' && !hasOption(command, 'no-cache'),
		cleans: isClean,
		folders: managers.composer.caches ?? [],
		variables: ['COMPOSER_CACHE_DIR', 'COMPOSER_HOME'],
		write: () => '--no-cache',
		repair: ({verbWord}) => fixOf('--no-cache', insertAfter(verbWord, ' --no-cache')),
	},
	{
		managers: ['conda'],
		what: 'what conda downloaded',
		leaves: ({act}) => act === 'install' || act === 'upgrade',
		cleans: isClean,
		folders: managers.conda.caches ?? [],
		write: ({command}) => `&& ${command.name} clean --all --yes at the end of this RUN`,
		repair: (invocation, script) =>
			cleaned(invocation, script, `${invocation.command.name} clean --all --yes`),
	},
	mounted('go', 'what go downloaded and compiled on the way', '/root/.cache/go-build'),
	mounted('cargo', 'what cargo downloaded', '/usr/local/cargo/registry'),
	mounted('maven', 'what Maven downloaded', '/root/.m2'),
	mounted('gradle', 'what Gradle downloaded', '/root/.gradle'),
];

function mounted(manager: 'go' | 'cargo' | 'maven' | 'gradle', what: string, target: string): Leftover {
	return {
		managers: [manager],
		what,
		leaves: invocation => invocation.act === 'install' && !isOffline(invocation),
		cleans: isClean,
		folders: managers[manager].caches ?? [],
		variables: ['GOCACHE', 'CARGO_HOME', 'GRADLE_USER_HOME', 'MAVEN_CONFIG'],
		write: () => `RUN --mount=type=cache,target=${target}, or build in a stage of its own`,
	};
}

function isOffline({command, manager}: Invocation): boolean {
	return hasOption(command, 'offline') || (manager === 'maven' && hasOption(command, 'o'));
}

const rules: readonly Rule[] = KINDS.map(leftoverRule);

export const noBuildCache: Rule = function* (subject, params) {
	for (const rule of rules) {
		yield* rule(subject, params);
	}
};
