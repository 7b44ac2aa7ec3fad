import type {Comment, Dockerfile, Instruction, Span} from '../dockerfile/ast.ts';

export type Tool = 'sallyport' | 'hadolint' | 'BuildKit' | 'Trivy' | 'Checkov' | 'KICS';

/** A comment by which an author tells a tool to be silent. */
export interface Ignore {
	readonly tool: Tool;
	/** Names of rules as written; `all`, or none at all, for everything. */
	readonly names: readonly string[];
	readonly reason: string | undefined;
	/** Where the comment stands. */
	readonly line: number;
	readonly span: Span;
	/** Lines of the instruction it is about; `file` for all of it; absent when nothing follows it. */
	readonly scope: 'file' | {readonly line: number; readonly endLine: number} | undefined;
}

/** A comment longer than this says nothing to a tool. */
const MAX_LENGTH = 1000;
const MAX_NAMES = 50;
const MAX_REASON = 200;

/**
 * What tools are told to leave alone, in the order of the file. A comment is about the instruction in which it stands, else the
 * next one, however many comments and empty lines are between; FROM counts as any other. A whole file takes the word `global`.
 */
export function ignoresOf(dockerfile: Dockerfile): readonly Ignore[] {
	const {comments, directives} = dockerfile;
	const around = following(dockerfile.instructions);
	const byLine = new Map(comments.map(comment => [comment.line, comment]));
	const checks = directives.flatMap(({name, value, line, span}): readonly Ignore[] => {
		const skipped =
			name === 'check' ? (/(?:^|;)\s*skip=([^;]*)/.exec(value.slice(0, MAX_LENGTH))?.[1] ?? '') : '';
		const names = namesIn(skipped);
		// A comment above a directive would make a comment of it, so what is said about it stands below.
		const reason = plainText(byLine.get(line + 1));
		return names.length === 0 ? [] : [{tool: 'BuildKit', names, reason, line, span, scope: 'file'}];
	});
	const told = comments.flatMap((comment): readonly Ignore[] => {
		const read = readIgnore(comment.text);
		if (read === undefined) {
			return [];
		}

		const next = around(comment.line);
		const {tool, names} = read;
		// Others have no place for a reason, so people write it into the comment above.
		const reason =
			read.reason ?? (tool === 'sallyport' ? undefined : plainText(byLine.get(comment.line - 1)));
		const isGlobal = read.isGlobal || (tool === 'Trivy' && next?.keyword === 'FROM');
		const scope = isGlobal ? 'file' : next && {line: next.line, endLine: next.endLine};
		return [{tool, names, reason, line: comment.line, span: comment.span, scope}];
	});
	return [...checks, ...told];
}

/** True for a comment that begins as one of ours and is none: a typing error would else be found out too late. */
export function isMisspelt({text}: Comment): boolean {
	return (
		/^sallyport\b/i.test(text) && /\bignore\b/i.test(text.slice(0, 60)) && readIgnore(text) === undefined
	);
}

type Read = Pick<Ignore, 'tool' | 'names' | 'reason'> & {readonly isGlobal: boolean};

function readIgnore(text: string): Read | undefined {
	if (text.length > MAX_LENGTH) {
		return undefined;
	}

	// Cheap: most comments are prose.
	const [, word = ''] = /^(sallyport|hadolint|trivy|checkov|kics-scan)[\s:]/.exec(text) ?? [];
	return readers[word]?.(text.slice(word.length));
}

const readers: Readonly<Record<string, (rest: string) => Read | undefined>> = {
	sallyport: rest => {
		const [, isGlobal, body] = /^\s+(global\s+)?ignore=(.*)$/.exec(rest) ?? [];
		if (body === undefined) {
			return undefined;
		}

		const at = body.search(/\sreason=/);
		const names = namesIn(at < 0 ? body : body.slice(0, at));
		const reason = at < 0 ? undefined : unquoted(body.slice(at + ' reason='.length));
		return {tool: 'sallyport', names, reason, isGlobal: isGlobal !== undefined};
	},
	hadolint: rest => {
		const [, isGlobal, body = ''] = /^\s+(global\s+)?ignore=(.*)$/.exec(rest) ?? [];
		// Names are separated by commas; what else follows is for people.
		const [list = ''] = /^[\w-]*(?:\s*,\s*[\w-]+)*/.exec(body) ?? [];
		const names = namesIn(list);
		const reason = clean(body.slice(list.length).replace(/^[\s#:-]+/, ''));
		return names.length === 0
			? undefined
			: {tool: 'hadolint', names, reason, isGlobal: isGlobal !== undefined};
	},
	trivy: rest => {
		const [, name] = /^:ignore:([\w-]+)/.exec(rest) ?? [];
		return name === undefined
			? undefined
			: {tool: 'Trivy', names: [name], reason: undefined, isGlobal: false};
	},
	checkov: rest => {
		const [, name, reason = ''] = /^:skip=([\w-]+)(?::(.*))?$/.exec(rest) ?? [];
		return name === undefined
			? undefined
			: {tool: 'Checkov', names: [name], reason: clean(reason), isGlobal: true};
	},
	'kics-scan': rest => {
		const [, what] = /^\s+(ignore-line|ignore-block|ignore)(?:\s|$)/.exec(rest) ?? [];
		return what === undefined
			? undefined
			: {tool: 'KICS', names: [], reason: undefined, isGlobal: what === 'ignore'};
	},
};

function namesIn(list: string): readonly string[] {
	return list
		.split(/[\s,]+/)
		.filter(name => name !== '')
		.slice(0, MAX_NAMES);
}

function unquoted(text: string): string | undefined {
	const trimmed = text.trim();
	const mark = trimmed[0];
	const end = mark === '"' || mark === "'" ? trimmed.indexOf(mark, 1) : -1;
	return clean(end < 0 ? trimmed.replace(/^["']/, '') : trimmed.slice(1, end));
}

function plainText(comment: Comment | undefined): string | undefined {
	return comment === undefined || readIgnore(comment.text) !== undefined ? undefined : clean(comment.text);
}

/** A reason has words in it; control characters have none. */
function clean(text: string): string | undefined {
	const shown = text
		.slice(0, MAX_REASON)
		.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
		.trim();
	return /[\p{L}\p{N}]/u.test(shown) ? shown : undefined;
}

/** For a line, the instruction that it is in or that comes next. Lines MUST not go down from call to call. */
function following(instructions: readonly Instruction[]): (line: number) => Instruction | undefined {
	let at = 0;
	return line => {
		while ((instructions[at]?.endLine ?? Number.POSITIVE_INFINITY) < line) {
			at += 1;
		}

		return instructions[at];
	};
}
