/** What `${…}` and `$NAME` become in a Compose file, and what was asked for and is not there. */
export interface Interpolation {
	/** The text with values in it; undefined where the file itself demands a variable that is not set. */
	readonly text: string | undefined;
	/** Names of variables that are not set and have no default: Compose takes them for empty. */
	readonly unset: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Defaults inside defaults. */
const MAX_DEPTH = 16;

const PLAIN = /[^$]+/y;
const NAME = /[A-Za-z_]\w*/y;
const OPERATOR = /:?[-?+]/y;

/** Puts variables into a value of a Compose file, with its forms `:-`, `-`, `:?`, `?`, `:+` and `+`. Linear in the text. */
export function interpolate(text: string, env: Environment): Interpolation {
	const unset = new Set<string>();
	const {value, isRefused} = expand({text, env, unset}, 0, 0);
	return {text: isRefused ? undefined : value, unset: [...unset]};
}

interface Source {
	readonly text: string;
	readonly env: Environment;
	readonly unset: Set<string>;
}

interface Expanded {
	readonly value: string;
	readonly end: number;
	readonly isRefused: boolean;
}

/** Up to the end, or inside braces up to the one that closes them. */
function expand(source: Source, start: number, depth: number): Expanded {
	const parts: string[] = [];
	let isRefused = false;
	let at = start;
	while (at < source.text.length && !(depth > 0 && source.text[at] === '}')) {
		const next = pieceAt(source, at, depth);
		parts.push(next.value);
		isRefused ||= next.isRefused;
		at = next.end;
	}

	return {value: parts.join(''), end: at, isRefused};
}

const PLAIN_INSIDE = /[^$}]+/y;

function pieceAt(source: Source, at: number, depth: number): Expanded {
	const {text} = source;
	const plain = matchAt(depth > 0 ? PLAIN_INSIDE : PLAIN, text, at);
	if (plain !== undefined) {
		return {value: plain, end: at + plain.length, isRefused: false};
	}

	if (text[at + 1] === '{' && depth < MAX_DEPTH) {
		return braced(source, at, depth);
	}

	const name = matchAt(NAME, text, at + 1);
	if (name !== undefined) {
		return {value: valueIn(name, source), end: at + 1 + name.length, isRefused: false};
	}

	// `$$` is one dollar; a lone one, which Compose refuses, stays as it is.
	return {value: '$', end: at + (text[at + 1] === '$' ? 2 : 1), isRefused: false};
}

function braced(source: Source, at: number, depth: number): Expanded {
	const {text, env, unset} = source;
	const name = matchAt(NAME, text, at + 2) ?? '';
	const after = at + 2 + name.length;
	const operator = matchAt(OPERATOR, text, after) ?? '';
	// What a default asks for is only missed where the default is taken.
	const missed = new Set<string>();
	const rest = expand({text, env, unset: missed}, after + operator.length, depth + 1);
	const end = rest.end + 1;
	const value = env[name];
	const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'));
	switch (operator.at(-1)) {
		case '-':
		case '+':
			if (isSet === operator.endsWith('+')) {
				addAll(unset, missed);
				return {...rest, end};
			}

			return {value: operator.endsWith('-') ? (value ?? '') : '', end, isRefused: false};
		case '?':
			return {value: value ?? '', end, isRefused: !isSet};
		default:
			return {value: valueIn(name, source), end, isRefused: false};
	}
}

function addAll(to: Set<string>, from: ReadonlySet<string>): void {
	for (const each of from) {
		to.add(each);
	}
}

function valueIn(name: string, {env, unset}: Source): string {
	const value = env[name];
	if (value === undefined && name !== '') {
		unset.add(name);
	}

	return value ?? '';
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
	pattern.lastIndex = at;
	return pattern.exec(text)?.[0];
}

const SETTING = /^(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/;

/** The lines `NAME=value` of a `.env` file. Values over several lines are not read: then the variable counts as not set. */
export function settingsIn(text: string): Environment {
	const pairs = text
		.replace(/^\uFEFF/, '')
		.split('\n')
		.flatMap(line => {
			const [, name = '', raw = ''] = SETTING.exec(line.trim()) ?? [];
			const value = name === '' ? undefined : settingOf(raw);
			return value === undefined ? [] : [[name, value] as const];
		});
	return Object.fromEntries(pairs);
}

function settingOf(raw: string): string | undefined {
	const quote = raw[0] === '"' || raw[0] === "'" ? raw[0] : undefined;
	if (quote === undefined) {
		return (raw.split(' #')[0] ?? '').trim();
	}

	const end = raw.indexOf(quote, 1);
	return end < 0 ? undefined : raw.slice(1, end);
}
