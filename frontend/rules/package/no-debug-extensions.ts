import type {Command} from '../../shell/script.ts';
import type {Rule} from '../rule.ts';
import {failAt} from './finding.ts';
import {listed, namedPackages} from './packages.ts';
import {removedIn} from './removed.ts';
import {askedOf, finalRunsOf, type Run} from './runs.ts';
import {isForDevelopment} from './stages.ts';

const PACKAGE = /^(?:php[\w.]*-)?(?:pecl-)?xdebug(?:[@:-]?[\d.]*)?$|-(?:dbg|dbgsym|debuginfo|debugsource)$/;
const MODULE = /^(?:debugpy|pydevd|pydevd-pycharm|xdebug(?:[@-].*)?)$/;
const EXTENSION_TOOLS: ReadonlySet<string> = new Set([
	...['pecl', 'docker-php-ext-install', 'docker-php-ext-enable', 'install-php-extensions', 'phpenmod'],
]);

export const noDebugExtensions: Rule = function* (subject) {
	for (const run of isForDevelopment(subject) ? [] : finalRunsOf(subject)) {
		for (const {command, names} of debuggersIn(run)) {
			const message = `${listed(names.map(name => ({name})))} is for finding errors, slows the program down and may let others look inside: leave it out of this image, or install it in a stage of its own.`;
			yield failAt(subject, command, message);
		}
	}
};

interface Debuggers {
	readonly command: Command;
	readonly names: readonly string[];
}

function debuggersIn(run: Run): readonly Debuggers[] {
	const removed = removedIn(run);
	const isKept = (name: string): boolean => removed !== undefined && !removed.has(name);
	const packages = askedOf(run, 'apt', 'apk', 'yum', 'dnf', 'zypper')
		.filter(({act}) => act === 'install')
		.map(({command, operands}) => ({
			command,
			names: namedPackages(operands)
				.map(({name}) => name.split('=')[0] ?? name)
				.filter(name => PACKAGE.test(name) && isKept(name)),
		}));
	const modules = run.script.commands
		.filter(({name}) => EXTENSION_TOOLS.has(name) || name === 'pip' || name === 'pip3')
		.map(command => ({
			command,
			names: namedPackages(command.args)
				.map(({name}) => name.split('==')[0] ?? name)
				.filter(name => MODULE.test(name)),
		}));
	return [...packages, ...modules].filter(({names}) => names.length > 0);
}
