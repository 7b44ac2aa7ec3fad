import type {Flag, Stage} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';

export function platformFlagOf({from}: Stage): Flag | undefined {
	return from.flags.find(({name}) => name === 'platform');
}

/** Takes a flag out, with the white space behind it on its line. */
export function withoutFlag(bytes: Uint8Array, {span}: Flag): Edit {
	let {end} = span;
	while (bytes[end] === 0x20 || bytes[end] === 0x09) {
		end += 1;
	}

	return {span: {start: span.start, end}, text: ''};
}
