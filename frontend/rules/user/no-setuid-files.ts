import {quoted} from '../../dockerfile/error.ts';
import {replaceWord} from '../../shell/edits.ts';
import {hardenFix} from '../harden-fix.ts';
import {textsOf} from '../params.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {commandsIn} from './accounts.ts';
import {type ModeGiven, modesIn, setsOwnersRights} from './modes.ts';

export const noSetuidFiles: Rule = function* (subject, params) {
	const kept = textsOf(params, 'allow').filter(path => PLAIN.test(path));
	const options = ['--setuid', ...kept.map(path => `--keep=${path}`)];
	const stripped = hardenFix(subject, options, 'taken away in the last step');
	const set = modesIn(subject).filter(({mode}) => setsOwnersRights(mode));
	for (const given of set) {
		const fix = fixOf(given) ?? stripped;
		yield {
			result: 'fail',
			message: `${given.how} ${quoted(given.mode).slice(1, -1)} makes ${given.paths[0] === undefined ? 'a file' : quoted(given.paths[0])} run with its owner's rights, whoever starts it, which is a way to root: write 755, and start what needs more rights as another container.`,
			place: {file: subject.file, line: given.line},
			...(fix === undefined ? {} : {fix}),
		};
	}

	if (set.length === 0 && subject.chain.base !== 'scratch' && !isStripped(subject)) {
		const message =
			"Which files of the base image run with their owner's rights cannot be told from a Dockerfile: take the right away in the last step as root, with find / -xdev -perm /6000 -type f -exec chmod a-s {} +.";
		yield {
			result: 'not-evaluated',
			message,
			place: {file: subject.file, line: subject.target.from.line},
			...(stripped === undefined ? {} : {fix: stripped}),
		};
	}
};

/** A program that may keep its bit, by the bundle: one path, as it stands in an instruction of ours. */
const PLAIN = /^\/[A-Za-z0-9._/@+-]{1,255}$/;

/** A step that looks for such files and takes the right away. */
function isStripped(subject: Subject): boolean {
	const looks = commandsIn(subject, 'final', 'find').some(({args}) =>
		args.some(
			({unquoted}, index) =>
				unquoted === '-perm' && /^[-+/](?:[246]000|u\+s|u=s)/.test(args[index + 1]?.unquoted ?? ''),
		),
	);
	const takes = commandsIn(subject, 'final', 'chmod').some(({args}) =>
		args.some(({unquoted}) => /^(?:a|u|ug|u?g?o?)?-s$/.test(unquoted)),
	);
	return looks && takes;
}

function fixOf({mode, word}: ModeGiven): Fix | undefined {
	const [, rest] = /^0?[4-7]([0-7]{3})$/.exec(mode) ?? [];
	const edit = rest === undefined || word === undefined ? undefined : replaceWord(word, rest);
	return edit === undefined ? undefined : {title: `mode ${rest}`, edits: [edit]};
}
