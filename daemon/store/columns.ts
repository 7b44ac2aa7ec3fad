import {StoreError} from './error.ts';
import type {Row, StoredCheckpoint, SummaryRow} from './store.ts';

/** A row as a database hands it out, by the names of its columns, which both databases call alike. */
export type Columns = Readonly<Record<string, unknown>>;

export function rowOf(row: Columns): Row {
	return {
		...summaryOf(row),
		body: bytesOf(row, 'body'),
		promise: bytesOf(row, 'promise'),
		envelope: bytesOf(row, 'envelope'),
	};
}

export function summaryOf(row: Columns): SummaryRow {
	const optional = ['container', 'name', 'image', 'verdict', 'counts']
		.map(column => [column, row[column]] as const)
		.filter(([, value]) => typeof value === 'string');
	return {
		position: Number(row['position']),
		id: String(row['id']),
		integratedTime: Number(row['integrated']),
		predicateType: String(row['predicate']),
		...Object.fromEntries(optional),
	};
}

export function checkpointOf(row: Columns): StoredCheckpoint {
	return {
		size: Number(row['size']),
		rootHash: bytesOf(row, 'root'),
		note: String(row['note']),
		seal: bytesOf(row, 'seal'),
	};
}

/** @param row undefined, or with nothing in it, where there is no such node */
export function hashOf(row: Columns | undefined, level: number, index: number): Uint8Array {
	if (row === undefined || row['hash'] === null) {
		throw new StoreError('STORE_CORRUPT', `The tree's node ${index} of level ${level} is missing`);
	}

	return bytesOf(row, 'hash');
}

function bytesOf(row: Columns, column: string): Uint8Array {
	const value = row[column];
	if (!(value instanceof Uint8Array)) {
		throw new StoreError('STORE_CORRUPT', `A row's ${column} is not bytes`);
	}

	// A Buffer is one as well, and compares as something else.
	return Buffer.isBuffer(value) ? new Uint8Array(value) : value;
}
