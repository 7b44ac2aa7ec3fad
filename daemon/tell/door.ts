import {isMap, isScalar, isSeq, LineCounter, type Node, parseDocument} from 'yaml';
import {DaemonError} from '../error.ts';

/** One value of a YAML file, with the way back to its line and column. */
export interface Item {
	readonly node: unknown;
	/** As messages name it: `alerts.channels.pager.url`. */
	readonly name: string;
	/** `file:line:column`, of the value or of what holds it. */
	readonly place: string;
	readonly placeOf: (node: unknown) => string | undefined;
}

/** One key of a file's mapping; undefined without it. What is wrong with the rest of the file is told by who reads that. */
export function openKey(text: string, file: string, key: string): Item | undefined {
	const counter = new LineCounter();
	const document = parseDocument(text, {lineCounter: counter, uniqueKeys: true, logLevel: 'error'});
	const [problem] = document.errors;
	const at = (offset: number): string => {
		const {line, col} = counter.linePos(offset);
		return `${file}:${line}:${col}`;
	};
	if (problem !== undefined) {
		throw new DaemonError('CONFIG_INVALID', `${at(problem.pos[0])}: ${problem.message.split('\n')[0]}`);
	}

	const placeOf = (node: unknown): string | undefined => {
		const {range} = typeof node === 'object' && node !== null ? (node as Partial<Node>) : {};
		return range ? at(range[0]) : undefined;
	};
	const root: Item = {node: document.contents, name: '', place: file, placeOf};
	return isMap(document.contents) ? itemIn(root, key) : undefined;
}

/** @throws {DaemonError} CONFIG_INVALID, one sentence that begins with the place */
export function refuseItem({place, name}: Item, message: string): never {
	throw new DaemonError('CONFIG_INVALID', `${place}: ${name} ${message}`);
}

/** A mapping with these keys and no others. */
export function mapItem<const Key extends string>(
	item: Item,
	keys: readonly Key[],
): Readonly<Record<Key, Item | undefined>> {
	for (const [key, at] of entryItems(item)) {
		if (!keys.some(known => known === key)) {
			refuseItem(at, `is not known; ${item.name} has ${keys.join(', ')}`);
		}
	}

	return Object.fromEntries(keys.map(key => [key, itemIn(item, key)])) as Readonly<
		Record<Key, Item | undefined> // All of them, just above.
	>;
}

/** A mapping whose keys are names that somebody chose. */
export function entryItems(item: Item): readonly (readonly [string, Item])[] {
	const {node, placeOf} = item;
	if (!isMap(node)) {
		return refuseItem(item, 'is a mapping');
	}

	return node.items.map(({key, value}) => {
		const name =
			isScalar(key) && typeof key.value === 'string' ? key.value : refuseItem(item, 'has keys of text');
		const place = placeOf(key) ?? item.place;
		return [name, {...item, node: value, name: joined(item.name, name), place}] as const;
	});
}

export function listItem(item: Item, most: number): readonly Item[] {
	const {node, placeOf} = item;
	if (!isSeq(node) || node.items.length > most) {
		return refuseItem(item, `is a list of at most ${most} entries`);
	}

	return node.items.map((each, index) => ({
		...item,
		node: each,
		name: `${item.name}.${index}`,
		place: placeOf(each) ?? item.place,
	}));
}

export interface TextWanted {
	readonly pattern?: RegExp;
	/** Follows the name: `is a path that begins with /`. */
	readonly is: string;
	readonly most?: number;
}

export function textItem(item: Item, {pattern, is, most = 500}: TextWanted): string {
	const value = scalarOf(item);
	const isGood =
		typeof value === 'string' &&
		value.trim() !== '' &&
		value.length <= most &&
		!/[\p{Cc}\p{Cs}]/u.test(value) &&
		(pattern === undefined || pattern.test(value));
	return isGood ? value : refuseItem(item, is);
}

export function wordItem<const T extends string>(item: Item, words: readonly T[]): T {
	const value = scalarOf(item);
	return words.find(word => word === value) ?? refuseItem(item, `is one of ${words.join(', ')}`);
}

export function numberItem(item: Item, min: number, max: number): number {
	const value = scalarOf(item);
	return typeof value === 'number' && value >= min && value <= max
		? value
		: refuseItem(item, `is a number from ${min} to ${max}`);
}

/** RFC 3339 with a time zone: without one it would mean another moment on another machine. */
export function momentItem(item: Item): Date {
	const is = 'is a moment such as 2027-01-31T00:00:00Z';
	const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
	const time = new Date(textItem(item, {pattern, is}));
	return Number.isNaN(time.getTime()) ? refuseItem(item, is) : time;
}

function scalarOf({node}: Item): unknown {
	return isScalar(node) ? node.value : undefined;
}

function itemIn(item: Item, key: string): Item | undefined {
	return entryItems(item).find(([name]) => name === key)?.[1];
}

function joined(before: string, key: string): string {
	// A key is as long as somebody made it, and ends in a terminal.
	const shown = key.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '\uFFFD').slice(0, 60);
	return before === '' ? shown : `${before}.${shown}`;
}
