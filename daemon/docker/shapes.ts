import {DaemonError} from '../error.ts';

// How an answer of the engine is read: every shape is checked, and every text and list has an end.

/** No container needs more of anything than this; whoever has more wants to be a burden. */
export const MAX_ITEMS = 512;

type Fields = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws {DaemonError} `TARGET_MALFORMED` naming the field */
export function record(value: unknown, name: string): Fields {
	if (!isRecord(value)) {
		throw malformed(name);
	}

	return value;
}

/** For what may be absent, where nothing is said about it. */
export function fieldsOf(value: unknown): Fields {
	return isRecord(value) ? value : {};
}

export function malformed(name: string): DaemonError {
	return new DaemonError('TARGET_MALFORMED', `The engine describes a container without a usable ${name}`);
}

export function items(value: unknown): readonly Fields[] {
	return (Array.isArray(value) ? value : []).slice(0, MAX_ITEMS).filter(isRecord);
}

/** Text fit for a signed record: bounded, and no lone surrogates, which canonical JSON refuses. */
export function text(value: unknown): string {
	return typeof value === 'string' ? value.slice(0, 1024).toWellFormed() : '';
}

export function list(value: unknown): readonly string[] {
	return (Array.isArray(value) ? value : []).slice(0, MAX_ITEMS).map(text);
}

export function texts(value: unknown): Readonly<Record<string, string>> {
	const entries = Object.entries(isRecord(value) ? value : {});
	return Object.fromEntries(entries.map(([key, each]) => [key.toWellFormed(), text(each)]));
}

/** The names of a mapping, whatever they lead to. */
export function keysOf(value: unknown): readonly string[] {
	return isRecord(value) ? Object.keys(value).slice(0, MAX_ITEMS).map(text) : [];
}

export function count(value: unknown): number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** A number that may be below nothing: -1 stands for no limit in several fields. */
export function integer(value: unknown): number {
	return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
}

export function timeOf(value: unknown): Date {
	const time = new Date(text(value));
	return Number.isNaN(time.getTime()) ? new Date(0) : time;
}
