import type {Span} from '../dockerfile/ast.ts';
import {decode} from '../dockerfile/bytes.ts';
import {lazy} from './lazy.ts';
import type {File, Section} from './script-text.ts';

/** A text, and where its characters lie in the Dockerfile. */
export interface Placed {
	readonly text: string;
	spanOf(start: number, end: number): Span | undefined;
	lineOf(at: number): number;
}

/** The text of the sections, one after the other. */
export function placed(file: File, sections: readonly Section[], firstLine: number): Placed {
	const texts = sections.map(({binary}) => decode(binary));
	const text = texts.join('');
	const places = lazy(() => placesOf(sections, texts, text.length));
	return {
		text,
		spanOf(start, end) {
			const {starts, ends} = places();
			const last = end > start ? end - 1 : start;
			const from = starts[start];
			const to = end > start ? ends[last] : from;
			const isKnown = (ends[start] ?? 0) > 0 && (ends[last] ?? 0) > 0;
			return isKnown && from !== undefined && to !== undefined && to >= from
				? {start: from, end: to}
				: undefined;
		},
		lineOf(at) {
			const offset = places().starts[Math.max(0, Math.min(at, text.length - 1))];
			return offset === undefined ? firstLine : lineAt(file.lineStarts(), offset);
		},
	};
}

/** A part of another text, from its character `shift` on. */
export function shifted(outer: Placed, text: string, shift: number): Placed {
	return {
		text,
		spanOf: (start, end) => outer.spanOf(start + shift, end + shift),
		lineOf: at => outer.lineOf(at + shift),
	};
}

/** A text whose characters have no place of their own, only a line. */
export function unplaced(text: string, lineOf: (at: number) => number): Placed {
	return {text, spanOf: () => undefined, lineOf};
}

interface Places {
	/** By character: offset of its first byte, or where the text before it lies when the file does not hold it. */
	readonly starts: Uint32Array;
	/** By character: offset behind its last byte, 0 when the file does not hold it. */
	readonly ends: Uint32Array;
}

function placesOf(sections: readonly Section[], texts: readonly string[], length: number): Places {
	const places = {starts: new Uint32Array(length), ends: new Uint32Array(length)};
	let at = 0;
	for (const [index, section] of sections.entries()) {
		const text = texts[index] ?? '';
		if (section.pieces.length === 0) {
			places.starts.fill(at === 0 ? 0 : (places.starts[at - 1] ?? 0), at, at + text.length);
		} else {
			fill(places, section, text, at);
		}
		at += text.length;
	}
	return places;
}

function fill({starts, ends}: Places, {binary, pieces}: Section, text: string, from: number): void {
	let piece = 0;
	const sourceOf = (byte: number): number => {
		while ((pieces[piece + 1]?.at ?? Number.POSITIVE_INFINITY) <= byte) {
			piece += 1;
		}
		const {source, at} = pieces[piece] ?? {source: 0, at: 0};
		return source + byte - at;
	};
	let byte = 0;
	for (let index = 0; index < text.length; ) {
		const code = text.codePointAt(index) ?? 0;
		const width = widthAt(binary, byte, code);
		const start = sourceOf(byte);
		const end = width === 1 ? start + 1 : sourceOf(byte + width - 1) + 1;
		// Both halves of a wide character lie at the same place.
		const units = code > 0xffff ? 2 : 1;
		starts.fill(start, from + index, from + index + units);
		ends.fill(end, from + index, from + index + units);
		index += units;
		byte += width;
	}
}

/** How many bytes the character was made from. */
function widthAt(binary: string, at: number, code: number): number {
	if (code < 0x80) {
		return 1;
	}
	if (code === 0xfffd && binary.slice(at, at + 3) !== '\xef\xbf\xbd') {
		// Not UTF-8: as many bytes as decoding makes one character of.
		return [3, 2].find(size => decode(binary.slice(at, at + size)) === '\ufffd') ?? 1;
	}
	if (code < 0x800) {
		return 2;
	}
	return code > 0xffff ? 4 : 3;
}

function lineAt(starts: readonly number[], offset: number): number {
	let low = 0;
	let high = starts.length - 1;
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		if ((starts[middle] ?? 0) <= offset) {
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	return low + 1;
}
