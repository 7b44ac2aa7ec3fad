/** A start tag. Names are in lower case, references in values are resolved; of an attribute that comes twice the first counts. */
export interface Tag {
	readonly name: string;
	readonly attributes: ReadonlyMap<string, string>;
	/** Where it begins. */
	readonly at: number;
}

/** More tags than this say no more. */
const MAX_TAGS = 20_000;
/** What stands in these is text, until they end. */
const raw: ReadonlySet<string> = new Set([
	'script',
	'style',
	'textarea',
	'title',
	'xmp',
	'iframe',
	'noembed',
	'noframes',
]);
const references: Readonly<Record<string, string>> = {
	amp: '&',
	quot: '"',
	apos: "'",
	lt: '<',
	gt: '>',
	sol: '/',
	colon: ':',
};

/**
 * The start tags of a page as a browser without script would see them, in order. Every byte is read once; nothing is thrown
 * whatever the bytes are. It is no parser of HTML: who is whose child is not known.
 */
export function tagsOf(html: string): readonly Tag[] {
	const tags: Tag[] = [];
	// The search is case-blind without making a second copy for each element.
	const lower = html.toLowerCase();
	for (let at = html.indexOf('<'); at !== -1 && tags.length < MAX_TAGS; ) {
		if (html.startsWith('<!--', at)) {
			at = nextAfter(html, '-->', at + 4);
		} else if (isLetter(html.charCodeAt(at + 1))) {
			const {tag, end} = readTag(html, at);
			tags.push(tag);
			at = raw.has(tag.name) ? nextAfter(lower, `</${tag.name}`, end) : html.indexOf('<', end);
		} else {
			at = html.indexOf('<', at + 1);
		}
	}

	return tags;
}

/** The next `<` after what is looked for; -1 when there is no more. */
function nextAfter(html: string, what: string, from: number): number {
	const found = html.indexOf(what, from);
	return found === -1 ? -1 : html.indexOf('<', found + what.length);
}

function readTag(html: string, start: number): {readonly tag: Tag; readonly end: number} {
	let at = start + 1;
	while (at < html.length && !isSpace(html[at]) && html[at] !== '>' && html[at] !== '/') {
		at += 1;
	}

	const name = html.slice(start + 1, at).toLowerCase();
	const attributes = new Map<string, string>();
	while (at < html.length && html[at] !== '>') {
		if (isSpace(html[at]) || html[at] === '/') {
			at += 1;
			continue;
		}

		const attribute = readAttribute(html, at);
		at = attribute.end;
		if (!attributes.has(attribute.name)) {
			attributes.set(attribute.name, resolved(attribute.value));
		}
	}

	return {tag: {name, attributes, at: start}, end: at + 1};
}

function readAttribute(
	html: string,
	start: number,
): {readonly name: string; readonly value: string; readonly end: number} {
	// A name may begin with `=`.
	let at = start + 1;
	while (at < html.length && !isSpace(html[at]) && !['=', '>', '/'].includes(html[at] ?? '')) {
		at += 1;
	}

	const name = html.slice(start, at).toLowerCase();
	const equals = skipSpace(html, at);
	if (html[equals] !== '=') {
		return {name, value: '', end: at};
	}

	const from = skipSpace(html, equals + 1);
	const quote = html[from];
	if (quote === '"' || quote === "'") {
		const end = html.indexOf(quote, from + 1);
		return end === -1
			? {name, value: html.slice(from + 1), end: html.length}
			: {name, value: html.slice(from + 1, end), end: end + 1};
	}

	let end = from;
	while (end < html.length && !isSpace(html[end]) && html[end] !== '>') {
		end += 1;
	}

	return {name, value: html.slice(from, end), end};
}

function skipSpace(html: string, start: number): number {
	let at = start;
	while (at < html.length && isSpace(html[at])) {
		at += 1;
	}

	return at;
}

function resolved(value: string): string {
	return value.includes('&')
		? value.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,5}));?/gi, (whole, hex, decimal, name) => {
				const code = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16);
				return name === undefined ? character(code) : (references[String(name).toLowerCase()] ?? whole);
			})
		: value;
}

function character(code: number): string {
	return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code).toWellFormed() : '\ufffd';
}

function isLetter(code: number): boolean {
	return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function isSpace(character: string | undefined): boolean {
	return (
		character === ' ' || character === '\t' || character === '\n' || character === '\f' || character === '\r'
	);
}
