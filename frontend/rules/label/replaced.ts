import type {Fix} from '../rule.ts';
import type {Label} from './labels.ts';

/** Another value in the place of a label's own. Only plain text goes in, and only where no variable stood. */
export function replaced({word, isComputed}: Label, value: string, title: string): {readonly fix?: Fix} {
	const span = word.pair?.valueSpan;
	return span === undefined || isComputed || !/^[\w.:+-]+$/.test(value)
		? {}
		: {fix: {title, edits: [{span, text: `"${value}"`}]}};
}
