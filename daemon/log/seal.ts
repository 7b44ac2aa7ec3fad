import {hash} from 'node:crypto';
import type {SummaryRow} from '../store/store.ts';

/** What the chain takes of a row: the parts that the leaf's hash does not cover. */
type Sealed = Pick<SummaryRow, 'position' | 'id' | 'integratedTime'> & {readonly promise: Uint8Array};

export const emptyChain: Uint8Array = new Uint8Array(32);

/**
 * The chain after one more row. A leaf holds neither the entry's id nor its time nor the promise about it; the chain's end
 * is signed with each checkpoint, so that nobody can change those in the store and still pass the self-check.
 */
export function chainOf(chain: Uint8Array, {position, id, integratedTime, promise}: Sealed): Uint8Array {
	const line = `${position} ${id} ${integratedTime} `;
	return hash('sha256', Buffer.concat([chain, Buffer.from(line), promise]), 'buffer');
}

/** The bytes that the log key signs. The first line keeps them from ever being a checkpoint or a promise. */
export function sealBytes(origin: string, size: number, chain: Uint8Array): Uint8Array {
	const end = Buffer.from(chain).toString('base64');
	return Buffer.from(`sallyport.dev/log-seal/v1\n${origin}\n${size}\n${end}\n`);
}
