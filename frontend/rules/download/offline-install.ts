import {hasOption, optionValue} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import {withFlag} from '../instruction-edits.ts';
import {ranScripts} from '../ran.ts';
import type {Rule} from '../rule.ts';

/** A RUN that is told to use only what is there can have the network taken away: then it must. */
export const offlineInstall: Rule = function* (subject) {
	const {file} = subject;
	for (const script of ranScripts(subject)) {
		const {instruction, commands} = script;
		const install = commands.find(isOffline);
		const hasNetwork = !instruction.flags.some(({name}) => name === 'network');
		if (install !== undefined && hasNetwork && isAllLocal(script)) {
			const message = `${install.name} is told to install without the network here, and nothing else needs it: write RUN --network=none, so that nothing can reach it.`;
			const edits = [withFlag(instruction, '--network=none')];
			yield {
				result: 'fail',
				message,
				place: {file, line: instruction.line},
				fix: {title: 'RUN without a network', edits},
			};
		}
	}
};

function isOffline(command: Command): boolean {
	const {name, args} = command;
	switch (name) {
		case 'pip':
		case 'pip3':
			return args[0]?.value === 'install' && hasOption(command, 'no-index');
		case 'npm':
		case 'yarn':
		case 'pnpm':
		case 'uv':
			return hasOption(command, 'offline');
		case 'cargo':
			return hasOption(command, 'offline', 'frozen');
		case 'bundle':
		case 'gem':
			return args[0]?.value === 'install' && hasOption(command, 'local');
		case 'go':
			return args[0]?.value === 'build' && optionValue(command, 'mod') === 'vendor';
		case 'dpkg':
			return hasOption(command, 'i', 'install', 'unpack');
		case 'mvn':
			return hasOption(command, 'o', 'offline');
		case 'gradle':
		case 'gradlew':
			return hasOption(command, 'offline');
		default:
			return false;
	}
}

const LOCAL: ReadonlySet<string> = new Set([
	...[
		'',
		'cd',
		'set',
		'export',
		'mkdir',
		'rm',
		'mv',
		'cp',
		'ln',
		'chmod',
		'chown',
		'echo',
		'printf',
		'test',
		'[',
	],
	...[
		'true',
		':',
		'tar',
		'touch',
		'install',
		'ls',
		'cat',
		'sed',
		'find',
		'xargs',
		'strip',
		'ldconfig',
		'rmdir',
	],
]);

/** Every command is known to need no network. */
function isAllLocal({tree, commands, dialect}: Script): boolean {
	const isRead = tree !== undefined || dialect === 'exec';
	return (
		isRead &&
		commands.every(
			command => isOffline(command) || LOCAL.has(command.nameWord === undefined ? '' : command.name || '?'),
		)
	);
}
