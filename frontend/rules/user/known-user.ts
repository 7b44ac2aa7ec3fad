import {quoted} from '../../dockerfile/error.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {pathAt, standingsOf} from '../standing.ts';
import {finalUser} from './final-user.ts';

/** The names that the distroless images have, which bring no program to add others. */
const DISTROLESS = /^gcr\.io\/distroless\//;
const DISTROLESS_NAMES: ReadonlySet<string> = new Set(['root', 'nobody', 'nonroot']);
const NUMBERS: Readonly<Record<string, string>> = {nobody: '65534:65534'};

export const knownUser: Rule = function* (subject) {
	const {user = '', step} = finalUser(subject);
	const [name = ''] = user.split(':');
	if (step === undefined || name === '' || /^[+-]?\d+$/.test(name) || !lacks(subject, name)) {
		return;
	}

	const fix = fixOf(subject, user, name);
	yield {
		result: 'fail',
		message: `USER names ${quoted(name)}, and nothing puts an /etc/passwd with that name into the image, so the container will not start: write a number, such as USER 65532:65532.`,
		place: {file: subject.file, line: step.instruction.line},
		...(fix === undefined ? {} : {fix}),
	};
};

/** Whether it is certain that the image does not know the name. */
function lacks(subject: Subject, name: string): boolean {
	const base = subject.chain.base ?? '';
	const isEmpty = base === 'scratch';
	const isDistroless = DISTROLESS.test(base) && !DISTROLESS_NAMES.has(name);
	return (isEmpty || isDistroless) && !bringsPasswd(subject);
}

/** A command may add a user, and a copy may bring the file; one that goes to the root may bring everything. */
function bringsPasswd(subject: Subject): boolean {
	const standings = standingsOf(subject);
	return subject.steps.some(({instruction, stage, expand}) => {
		const {keyword, json, words} = instruction;
		if (subject.roleOf(stage) !== 'final' || (keyword !== 'COPY' && keyword !== 'ADD')) {
			return keyword === 'RUN' && subject.roleOf(stage) === 'final';
		}

		const target = expand((json ?? words.map(({text}) => text)).at(-1) ?? '');
		const standing = standings.get(instruction);
		const path = target === undefined || standing === undefined ? undefined : pathAt(standing, target);
		return path === undefined || path === '/' || path === '/etc' || path === '/etc/passwd';
	});
}

/** The image does not start as it is, so nothing that works can break. */
function fixOf(subject: Subject, user: string, name: string): Fix | undefined {
	const instruction = finalUser(subject).step?.instruction;
	const [word] = instruction?.words ?? [];
	const number = NUMBERS[name] ?? '65532:65532';
	return word === undefined || word.text !== user || instruction?.words.length !== 1
		? undefined
		: {title: `USER ${number}`, edits: [{span: word.span, text: number}]};
}
