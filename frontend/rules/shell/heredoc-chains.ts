import type {Dockerfile} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import type {Script} from '../../shell/script.ts';
import {ranScripts} from '../ran.ts';
import type {Rule} from '../rule.ts';
import {chainOf, isSimple} from './lists.ts';
import {instead} from './whole.ts';

/** From here on a chain is easier to read as lines. */
const LONG = 6;

export const heredocChains: Rule = function* (subject) {
	const {file, dockerfile} = subject;
	for (const script of ranScripts(subject)) {
		const {instruction} = script;
		const parts = instruction.heredocs.length > 0 ? undefined : chainOf(script);
		if (parts === undefined || parts.length < LONG || instruction.line === instruction.endLine) {
			continue;
		}
		const edit = parts.every(isSimple) ? asLines(dockerfile, script, parts) : undefined;
		yield {
			result: 'fail',
			message: `${parts.length} commands hang on each other by && and backslashes here: as RUN <<EOF with set -e they are lines, and comments may stand between them.`,
			place: {file, line: instruction.line},
			...(edit === undefined ? {} : {fix: {title: 'a here-document instead of a chain', edits: [edit]}}),
		};
	}
};

/** Only where the shell reads the very same words from the lines as from the chain. */
function asLines(
	dockerfile: Dockerfile,
	{instruction, spanOf, text}: Script,
	parts: readonly {readonly pos: number; readonly end: number}[],
): Edit | undefined {
	const spans = parts.map(({pos, end}) => spanOf(pos, end));
	const [first] = spans;
	const isKnown =
		dockerfile.escape === '\\' && knowsHeredocs(dockerfile) && instruction.openEscapes === undefined;
	// `set -e` would reach into substitutions, too.
	if (first === undefined || !isKnown || /\$\(|`|#|\(\)|(?:^|\n)EOF/.test(text)) {
		return undefined;
	}
	const decoder = new TextDecoder();
	const lines = spans.map(span =>
		span === undefined ? '' : decoder.decode(dockerfile.bytes.subarray(span.start, span.end)),
	);
	const whole = decoder.decode(dockerfile.bytes.subarray(instruction.span.start, instruction.span.end));
	if (lines.some(line => !isSame(line)) || /[#\r\ufffd]/.test(whole)) {
		return undefined;
	}
	const body = ['<<EOF', 'set -e', ...lines, 'EOF'].join('\n');
	const head = decoder.decode(dockerfile.bytes.subarray(instruction.span.start, first.start));
	return instead(dockerfile, instruction, head + body);
}

/** What the shell makes of continued lines is what the builder made of them. */
function isSame(line: string): boolean {
	return line !== '' && (!line.includes('\n') || !/'|\\[ \t]+\n|\n[ \t]*\n/.test(line));
}

function knowsHeredocs({directives}: Dockerfile): boolean {
	const syntax = directives.find(({name}) => name === 'syntax')?.value;
	return (
		syntax === undefined ||
		/(?:^|\/)(?:sallyport\/frontend|docker\/dockerfile:1(?:\.(?:[4-9]|[1-9]\d))?(?:$|[-.@]))/.test(syntax)
	);
}
