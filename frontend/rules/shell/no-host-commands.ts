import {hasOption} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import {remembered} from '../package/remembered.ts';
import {ranCommands} from '../ran.ts';
import type {Rule} from '../rule.ts';

const PEOPLE = 'it waits for somebody at a terminal, and a build has none';
const MACHINE = 'it is about a whole machine, and a build step is none';
const SERVICE = 'what it starts ends with this RUN, and nothing starts it when a container runs';

const REASONS: Readonly<Record<string, string>> = {
	vim: PEOPLE,
	vi: PEOPLE,
	nano: PEOPLE,
	emacs: PEOPLE,
	top: PEOPLE,
	htop: PEOPLE,
	less: PEOPLE,
	more: PEOPLE,
	man: PEOPLE,
	shutdown: MACHINE,
	reboot: MACHINE,
	halt: MACHINE,
	poweroff: MACHINE,
	free: MACHINE,
	ifconfig: MACHINE,
	iptables: MACHINE,
	mount: 'a build step may not mount anything but with RUN --mount or --security=insecure',
	umount: 'a build step may not unmount anything',
	service: SERVICE,
	systemctl: SERVICE,
	ssh: 'the build would need a key and a running server elsewhere; RUN --mount=type=ssh lends one to git and the like',
	ps: 'it only sees the processes of this RUN',
	kill: 'only processes of this RUN are there to be ended',
};

export const noHostCommands: Rule = function* (subject) {
	const {file} = subject;
	const hasBackground = remembered(isBackgrounding);
	const hasUse = remembered(isUsed);
	for (const command of ranCommands(subject, ...Object.keys(REASONS))) {
		if (!isMeant(command, hasBackground, hasUse)) {
			const message = `${command.name} does nothing useful in a build: ${REASONS[command.name] ?? ''}. Leave it out, or do it when the container runs.`;
			yield {result: 'fail', message, place: {file, line: command.line}};
		}
	}
};

/** Where it does have a use, or may not run at all. */
function isMeant(
	command: Command,
	hasBackground: (script: Script) => boolean,
	hasUse: (script: Script) => boolean,
): boolean {
	const {name, script, isConditional, args} = command;
	const {instruction} = script;
	if (isConditional || hasOption(command, 'help', 'version')) {
		return true;
	}
	switch (name) {
		case 'kill':
		case 'ps':
			// What this RUN has put into the background.
			return hasBackground(script);
		case 'service':
			// `service x start && psql …`: the rest of this RUN uses it.
			return hasUse(script);
		case 'systemctl':
			// Links only; nothing is started.
			return ['enable', 'disable', 'mask', 'unmask', 'set-default', 'preset'].includes(args[0]?.value ?? '');
		case 'ssh':
			return instruction.flags.some(({value = ''}) => value.includes('type=ssh'));
		case 'mount':
		case 'umount':
			return instruction.flags.some(({name: flag}) => flag === 'security');
		case 'vim':
		case 'vi':
		case 'emacs':
			// `vim +PluginInstall +qall`, `emacs --batch`
			return args.some(
				({text}) => text.startsWith('+') || text === '-c' || text.startsWith('--') || text === '-es',
			);
		default:
			return false;
	}
}

/** They need no service that runs. */
const IDLE: ReadonlySet<string> = new Set([
	'',
	'true',
	':',
	'echo',
	'exit',
	'set',
	'sleep',
	'wait',
	'rm',
	'service',
]);

/** Something comes after the first service is started. */
function isUsed({commands}: Script): boolean {
	const first = commands.findIndex(({name}) => name === 'service');
	return commands.findLastIndex(({name}) => !IDLE.has(name)) > first;
}

function isBackgrounding({commands, text}: Script): boolean {
	return commands.some(({place}) => place?.nextJoint === '&') || text.includes('&\n') || text.includes(' & ');
}
