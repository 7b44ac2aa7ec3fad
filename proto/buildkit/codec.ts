import protobuf from 'protobufjs/minimal.js';

// A table of field numbers is all that a message needs here. Reflection on .proto texts would cost a tenth of a second
// at every start of the frontend, and generated code is half a megabyte.

type Scalar = 'string' | 'bytes' | 'int32' | 'uint32' | 'int64' | 'bool';
type Kind = Scalar | Message<Fields> | Repeated | MapOf;
interface Repeated {
	readonly repeated: Scalar | Message<Fields>;
}
interface MapOf {
	readonly map: Scalar | Message<Fields>;
}
type Fields = Readonly<Record<string, readonly [number: number, kind: Kind]>>;

interface ScalarValue {
	string: string;
	bytes: Uint8Array;
	int32: number;
	uint32: number;
	int64: number;
	bool: boolean;
}

/** A message type: its field table, ordered by number so that encoding is canonical. */
export interface Message<F> {
	readonly fields: F;
	readonly byNumber: ReadonlyMap<number, readonly [name: string, kind: Kind]>;
}

type One<K> = K extends Scalar ? ScalarValue[K] : K extends Message<infer F> ? Value<F> : never;
type FieldValue<K> = K extends {readonly repeated: infer R}
	? readonly One<R>[]
	: K extends {readonly map: infer M}
		? Readonly<Record<string, One<M>>>
		: One<K>;
type Value<F> = {readonly [N in keyof F]?: F[N] extends readonly [number, infer K] ? FieldValue<K> : never};

/** The TypeScript shape of a message; every field may be absent, as in proto3. int64 is a number: sizes and times of files fit. */
export type ValueOf<M> = M extends Message<infer F> ? Value<F> : never;

/** Declares a message from its wire table: name → [field number, kind]. */
export function message<const F extends Fields>(fields: F): Message<F> {
	const ordered = Object.entries(fields).sort(([, [a]], [, [b]]) => a - b);
	return {fields, byNumber: new Map(ordered.map(([name, [number, kind]]) => [number, [name, kind]]))};
}

export function repeated<const R extends Scalar | Message<Fields>>(of: R): {readonly repeated: R} {
	return {repeated: of};
}

/** A map with string keys, the only kind that BuildKit uses. */
export function map<const M extends Scalar | Message<Fields>>(of: M): {readonly map: M} {
	return {map: of};
}

/**
 * Canonical bytes, equal to what Go's deterministic marshalling gives: ascending numbers, sorted map keys, zero values left
 * out, present but empty messages kept. Digests of LLB vertices depend on it.
 */
export function encode<F extends Fields>(type: Message<F>, value: Value<F>): Uint8Array {
	return write(type, value as Readonly<Record<string, unknown>>, protobuf.Writer.create()).finish();
}

/** Bytes → value. Unknown fields are skipped; absent ones are absent. @throws {RangeError} for bytes that are no message */
export function decode<F extends Fields>(type: Message<F>, bytes: Uint8Array): Value<F> {
	return read(type, protobuf.Reader.create(bytes), bytes.length) as Value<F>;
}

function write(
	type: Message<Fields>,
	value: Readonly<Record<string, unknown>>,
	writer: protobuf.Writer,
): protobuf.Writer {
	for (const [number, [name, kind]] of type.byNumber) {
		const field = value[name];
		if (field !== undefined) {
			writeField(number, kind, field, writer);
		}
	}

	return writer;
}

function writeField(number: number, kind: Kind, field: unknown, writer: protobuf.Writer): void {
	if (typeof kind === 'object' && 'repeated' in kind) {
		for (const item of field as readonly unknown[]) {
			writeOne(number, kind.repeated, item, writer);
		}
	} else if (typeof kind === 'object' && 'map' in kind) {
		const entries = Object.entries(field as Readonly<Record<string, unknown>>).sort(([a], [b]) =>
			a < b ? -1 : 1,
		);
		for (const [key, item] of entries) {
			// A map entry is a message of key = 1 and value = 2; Go writes both, even when empty.
			writer.uint32(tag(number, 2)).fork();
			writer.uint32(tag(1, 2)).string(key);
			writeOne(2, kind.map, item, writer);
			writer.ldelim();
		}
	} else if (typeof kind === 'object' || !isZero(field)) {
		writeOne(number, kind, field, writer);
	}
}

function writeOne(
	number: number,
	kind: Scalar | Message<Fields>,
	item: unknown,
	writer: protobuf.Writer,
): void {
	if (typeof kind === 'object') {
		writer.uint32(tag(number, 2)).fork();
		write(kind, item as Readonly<Record<string, unknown>>, writer).ldelim();
	} else if (kind === 'string') {
		writer.uint32(tag(number, 2)).string(item as string);
	} else if (kind === 'bytes') {
		writer.uint32(tag(number, 2)).bytes(item as Uint8Array);
	} else if (kind === 'bool') {
		writer.uint32(tag(number, 0)).bool(item as boolean);
	} else {
		writer.uint32(tag(number, 0))[kind](item as number);
	}
}

function read(type: Message<Fields>, reader: protobuf.Reader, end: number): Record<string, unknown> {
	const value: Record<string, unknown> = {};
	while (reader.pos < end) {
		const at = reader.uint32();
		const known = type.byNumber.get(at >>> 3);
		if (known === undefined) {
			reader.skipType(at & 7);
		} else {
			readField(known[0], known[1], at & 7, reader, value);
		}
	}

	return value;
}

function readField(
	name: string,
	kind: Kind,
	wire: number,
	reader: protobuf.Reader,
	value: Record<string, unknown>,
): void {
	if (typeof kind === 'object' && 'repeated' in kind) {
		const list = (value[name] ?? []) as unknown[];
		value[name] = list;
		readItems(kind.repeated, wire, reader, list);
	} else if (typeof kind === 'object' && 'map' in kind) {
		// No prototype: a key such as `__proto__` is data.
		const entries = (value[name] ?? Object.create(null)) as Record<string, unknown>;
		value[name] = entries;
		const [key, item] = readEntry(kind.map, reader);
		entries[key] = item;
	} else {
		value[name] = readOne(kind, reader);
	}
}

/** One item, or all items of a packed field. */
function readItems(
	kind: Scalar | Message<Fields>,
	wire: number,
	reader: protobuf.Reader,
	list: unknown[],
): void {
	const end = wire === 2 && isVarint(kind) ? reader.uint32() + reader.pos : reader.pos + 1;
	while (reader.pos < end) {
		list.push(readOne(kind, reader));
	}
}

function readEntry(kind: Scalar | Message<Fields>, reader: protobuf.Reader): readonly [string, unknown] {
	const end = reader.uint32() + reader.pos;
	let key = '';
	let item: unknown = typeof kind === 'object' ? {} : zero[kind]();
	while (reader.pos < end) {
		const at = reader.uint32();
		if (at >>> 3 === 1) {
			key = reader.string();
		} else if (at >>> 3 === 2) {
			item = readOne(kind, reader);
		} else {
			reader.skipType(at & 7);
		}
	}

	return [key, item];
}

function readOne(kind: Scalar | Message<Fields>, reader: protobuf.Reader): unknown {
	if (typeof kind === 'object') {
		const end = reader.uint32() + reader.pos;
		return read(kind, reader, end);
	}

	return kind === 'int64' ? Number(reader.int64()) : reader[kind]();
}

const zero: {readonly [S in Scalar]: () => ScalarValue[S]} = {
	string: () => '',
	bytes: () => new Uint8Array(),
	int32: () => 0,
	uint32: () => 0,
	int64: () => 0,
	bool: () => false,
};

function isZero(field: unknown): boolean {
	return (
		field === '' || field === 0 || field === false || (field instanceof Uint8Array && field.length === 0)
	);
}

function isVarint(kind: Scalar | Message<Fields>): boolean {
	return kind === 'int32' || kind === 'uint32' || kind === 'int64' || kind === 'bool';
}

function tag(number: number, wire: number): number {
	return (number << 3) | wire;
}
