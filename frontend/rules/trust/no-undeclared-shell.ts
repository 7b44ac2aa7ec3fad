import type {Instruction} from '../../dockerfile/ast.ts';
import {failAt} from '../package/finding.ts';
import {type Image, imageOf} from '../package/stages.ts';
import type {Rule, Subject} from '../rule.ts';

/** Bases that are made to have neither a shell nor a package manager. */
const HARDENED = /(?:^|\/)distroless(?:\/|$)|^scratch$|^chainguard\//;
const HARDENED_REGISTRY = 'dhi.io';
const SHELLS =
	/^(?:\/usr)?\/s?bin\/(?:sh|bash|ash|dash|zsh|ksh|busybox|toybox|apk|apt|apt-get|dpkg|rpm|dnf|yum)$/;

export const noUndeclaredShell: Rule = function* (subject, params) {
	const {base} = subject.chain;
	const image = base === undefined ? undefined : imageOf(base);
	if (image === undefined || !isHardened(image) || params['declared'] === true) {
		return;
	}
	if (/(?:^|-)debug(?:-|$)/.test(image.tag)) {
		const message =
			'This base is the one with a shell in it, for finding errors: take the same tag without "debug" for what goes to production.';
		yield failAt(subject, outermost(subject), message);
	}
	for (const {instruction, stage, expand} of subject.steps) {
		const words =
			COPIES.has(instruction.keyword) && subject.roleOf(stage) === 'final' ? wordsOf(instruction) : [];
		const shell = words.map(word => expand(word) ?? '').find(word => SHELLS.test(word));
		if (shell !== undefined) {
			const message = `${shell} comes into an image whose base was made without one, and helps whoever breaks in: start the program directly, and leave it out.`;
			yield failAt(subject, instruction, message);
		}
	}
};

const COPIES: ReadonlySet<string> = new Set(['COPY', 'ADD']);

function isHardened({name, registry}: Image): boolean {
	return HARDENED.test(name) || registry === HARDENED_REGISTRY;
}

function wordsOf({json, words}: Instruction): readonly string[] {
	return json ?? words.map(({text}) => text);
}

function outermost({chain, target}: Subject): {readonly line: number} {
	return (chain.stages[0] ?? target).from;
}
