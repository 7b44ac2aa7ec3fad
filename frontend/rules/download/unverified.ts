import type {Edit} from '../../dockerfile/edit.ts';
import type {RuleFinding, Subject} from '../rule.ts';

/** What switches the verification of certificates off. */
export interface Unverified {
	readonly line: number;
	/** Without a full stop. */
	readonly message: string;
	/** What is taken out, as written. */
	readonly what: string;
	readonly without: Edit | undefined;
}

export function unverified({file}: Subject, {line, message, what, without}: Unverified): RuleFinding {
	return {
		result: 'fail',
		message,
		place: {file, line},
		...(without === undefined ? {} : {fix: {title: `without ${what}`, edits: [without]}}),
	};
}

/** How a program is told no. */
export function isNo(value: string | undefined): boolean {
	return ['false', '0', 'no', 'off'].includes((value ?? '').trim().toLowerCase());
}
