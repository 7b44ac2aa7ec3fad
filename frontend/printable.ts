import type {RuleFinding} from './rules/rule.ts';

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, 'gu');

/** A message may name what an enemy wrote. Here is the one place where nothing in it can steer a terminal or turn a line around. */
export function printable(finding: RuleFinding): RuleFinding {
	const {message, fix, proposal} = finding;
	const isClean = [message, fix?.title ?? '', ...(proposal ?? [])].every(text => !UNPRINTABLE.test(text));
	if (isClean) {
		return finding;
	}

	const clean = (text: string): string => text.replaceAll(ALL_UNPRINTABLE, '?');
	return {
		...finding,
		message: clean(message),
		...(fix === undefined ? {} : {fix: {...fix, title: clean(fix.title)}}),
		...(proposal === undefined ? {} : {proposal: proposal.map(clean)}),
	};
}
