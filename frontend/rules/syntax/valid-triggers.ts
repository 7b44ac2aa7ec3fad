import {refuseInstruction} from '../../dockerfile/check.ts';
import {ParseError} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';

export const validTriggers: Rule = function* ({dockerfile: {instructions}, file}) {
	for (const {inner, line} of instructions) {
		const error = inner === undefined ? undefined : refusalIn(() => refuseInstruction(inner));
		if (error !== undefined) {
			const message = `ONBUILD holds what no build can carry out, and only the builds of images based on this one will say so. ${error.message}.`;
			yield {result: 'fail', message, place: {file, line}};
		}
	}
};

function refusalIn(check: () => void): ParseError | undefined {
	try {
		check();
		return undefined;
	} catch (error) {
		if (error instanceof ParseError) {
			return error;
		}

		throw error;
	}
}
