import type {Dockerfile, Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import type {Command} from '../../shell/script.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {standingsOf} from '../standing.ts';
import {commandsIn} from './accounts.ts';
import {isRoot} from './final-user.ts';

const INSTALLERS = ['apt-get', 'apt', 'apk', 'yum', 'dnf', 'microdnf', 'zypper', 'pacman'];

export const noSudo: Rule = function* (subject) {
	// Most files never say the word.
	if (!subject.scripts.some(({text}) => text.includes('sudo'))) {
		return;
	}

	yield* uses(subject);
	for (const command of commandsIn(subject, 'final', ...INSTALLERS).filter(installs)) {
		const message =
			'sudo in an image gives whoever gets in a way to root: leave it out, and do what needs root before USER.';
		yield {result: 'fail', message, place: {file: subject.file, line: command.line}};
	}
};

/** One finding for each instruction is enough, but each use may be repaired. */
function* uses(subject: Subject): Generator<RuleFinding> {
	const standings = standingsOf(subject);
	const seen = new Set<Instruction>();
	for (const command of commandsIn(subject, 'final', 'sudo')) {
		const {instruction} = command.script;
		const user = standings.get(instruction)?.user;
		const edit = user !== undefined && isRoot(user) ? withoutSudo(subject.dockerfile, command) : undefined;
		if (edit !== undefined || !seen.has(instruction)) {
			yield {
				result: 'fail',
				message:
					"sudo in a build takes rights that nobody sees in the Dockerfile: put USER root before the step and the application's user after it, and leave sudo out.",
				place: {file: subject.file, line: command.line},
				...(edit === undefined ? {} : {fix: {title: 'without sudo', edits: [edit]}}),
			};
		}

		seen.add(instruction);
	}
}

function installs({args}: Command): boolean {
	const words = args.map(({unquoted}) => unquoted);
	const isInstall = words.some(word => ['install', 'add', '-S', '-Sy', '-Syu', '-y'].includes(word));
	return isInstall && words.some(word => /^sudo(?:[=~].*)?$/.test(word));
}

/** Root needs no sudo: what it starts without options and variables is the same without it. */
function withoutSudo({bytes}: Dockerfile, {nameWord, args}: Command): Edit | undefined {
	const [first] = args;
	const isPlain = first !== undefined && !/^-|=/.test(first.text);
	const start = nameWord?.span?.start;
	const end = first?.span?.start;
	if (!isPlain || start === undefined || end === undefined || bytes.subarray(start, end).includes(0x0a)) {
		return undefined;
	}

	return {span: {start, end}, text: ''};
}
