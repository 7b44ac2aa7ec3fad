import type {Comment} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import type {Fix, Rule, RuleFinding, Subject} from '../rule.ts';
import {shownRef} from './image-name.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const VARIABLE = 'BUILDKIT_SYNTAX';

/** The first line names the program that does the building, ours included. */
export const pinnedFrontend: Rule = function* (subject) {
	const {dockerfile, buildArgs, file} = subject;
	const given = buildArgs.get(VARIABLE);
	const directive = dockerfile.directives.find(({name}) => name === 'syntax');
	if (given !== undefined && given !== '' && !isPinned(given)) {
		const message = `The build argument ${VARIABLE} names ${shownRef(given)}, a frontend without a digest: give it with @sha256:….`;
		yield {result: 'fail', message};
	} else if (given === undefined && directive !== undefined && !isPinned(directive.value)) {
		const fix = pin(directive.value, directive.span, subject);
		const message = `The frontend that builds this file, ${shownRef(directive.value)}, is not pinned by digest, so it can be another program tomorrow: write @sha256:… behind it.`;
		yield {result: 'fail', message, place: {file, line: directive.line}, ...(fix === undefined ? {} : {fix})};
	}

	if (directive === undefined) {
		yield* missed(subject);
	}
};

/** A line that was to name the frontend, and does not. */
function* missed({dockerfile, file}: Subject): Iterable<RuleFinding> {
	const first = dockerfile.instructions[0]?.line ?? 0;
	for (const comment of dockerfile.comments) {
		if (comment.line >= first) {
			return;
		}

		const [, name = '', value = ''] = /^([a-z]{4,8}) {0,5}= {0,5}(\S{1,200})$/i.exec(comment.text) ?? [];
		if (name.toLowerCase() === 'syntax') {
			const message =
				'This line names a frontend too late: a comment or an empty line stands before it. Make it the first line of the file.';
			yield {result: 'fail', message, place: {file, line: comment.line}};
		} else if (isNearly(name.toLowerCase()) && value.includes('/')) {
			const message = `This line names no frontend, because ${quoted(name)} is not "syntax": correct the word.`;
			yield {result: 'fail', message, place: {file, line: comment.line}, ...corrected(comment, value)};
		}
	}
}

/** Right only where it would then be read: at the very top. */
function corrected({line, span}: Comment, value: string): {readonly fix?: Fix} {
	return line === 1
		? {fix: {title: 'spelt right', edits: [{span, text: `# syntax=${value}`}], drops: 'comments'}}
		: {};
}

function pin(value: string, span: Comment['span'], {images}: Subject): Fix | undefined {
	const digest = images.get(value)?.digest;
	return digest === undefined || !DIGEST.test(digest) || /\s/.test(value)
		? undefined
		: {title: `pinned to ${digest}`, edits: [{span, text: `# syntax=${value}@${digest}`}]};
}

function isPinned(value: string): boolean {
	// What follows the image are arguments for the frontend.
	return /@sha256:[0-9a-f]{64}(?:\s|$)/.test(value);
}

/** One letter wrong, missing, too many, or two in each other's place. */
function isNearly(word: string): boolean {
	const right = 'syntax';
	if (Math.abs(word.length - right.length) > 1) {
		return false;
	}

	if (word.length === right.length) {
		const wrong = [...right].flatMap((letter, index) => (word[index] === letter ? [] : [index]));
		const [a = 0, b = 0] = wrong;
		return wrong.length === 1 || (wrong.length === 2 && word[a] === right[b] && word[b] === right[a]);
	}

	const [long, short] = word.length > right.length ? [word, right] : [right, word];
	return [...long].some((_, index) => long.slice(0, index) + long.slice(index + 1) === short);
}
