import type {Edit} from '../../dockerfile/edit.ts';
import type {Fix, RuleFinding, Subject} from '../rule.ts';

/** A finding on a line. */
export function failAt(
	{file}: Pick<Subject, 'file'>,
	{line}: {readonly line: number},
	message: string,
	fix?: Fix,
): RuleFinding {
	return {result: 'fail', message, place: {file, line}, ...(fix === undefined ? {} : {fix})};
}

/** A repair made of all these edits, or none where one of them could not be made safely. */
export function fixOf(title: string, ...edits: readonly (Edit | undefined)[]): Fix | undefined {
	const made = edits.filter(edit => edit !== undefined);
	return made.length === edits.length && made.length > 0 ? {title, edits: made} : undefined;
}
