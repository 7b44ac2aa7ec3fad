import type {KeyObject} from 'node:crypto';
import {Worker} from 'node:worker_threads';
import {type Envelope, signedBytes, verifyEnvelope} from '../../proto/envelope.ts';

/** Finds who signed an envelope, beside the event loop. */
export interface Verifier {
	/** Index of the key that signed it, or -1. */
	signerOf(envelope: Envelope): Promise<number>;
	close(): Promise<void>;
}

interface Asked {
	readonly envelope: Envelope;
	readonly resolve: (signer: number) => void;
}

// Fewer cost the event loop less than a millisecond.
const WORTH_A_MESSAGE = 12;

/**
 * One thread that verifies whole groups. A verification is the dearest part of an append; handing each to libuv's pool
 * costs the event loop half of what it saves, because every job wakes a thread. A group is one message each way.
 *
 * Few at once are verified here: a daemon at rest never starts the thread, which takes 13 MB. Should it ever die, what it owed is verified here, slowly and just the same.
 */
export function startVerifier(keys: readonly KeyObject[]): Verifier {
	const own = (envelope: Envelope): number => keys.findIndex(key => verifyEnvelope(envelope, key));
	const groups: (readonly Asked[])[] = [];
	let next: Asked[] = [];
	let worker: Worker | undefined;
	let isDead = false;

	const settle = (group: readonly Asked[], signers?: readonly number[]): void => {
		for (const [i, {envelope, resolve}] of group.entries()) {
			resolve(signers?.[i] ?? own(envelope));
		}
	};
	const answered = (signers: readonly number[]): void => {
		settle(groups.shift() ?? [], signers);
		if (groups.length === 0) {
			worker?.unref();
		}
	};
	const die = (): void => {
		isDead = true;
		for (const group of groups.splice(0)) {
			settle(group);
		}
	};
	const send = (): void => {
		const group = next;
		next = [];
		if (isDead || group.length < WORTH_A_MESSAGE) {
			settle(group);
			return;
		}

		worker ??= start(keys, answered, die);
		// While it owes an answer the thread keeps the process alive; idle, it does not.
		worker.ref();
		groups.push(group);
		worker.postMessage(
			group.map(({envelope}) => ({
				bytes: signedBytes(envelope),
				sig: Buffer.from(envelope.signatures[0].sig, 'base64'),
			})),
		);
	};

	return {
		signerOf: envelope =>
			new Promise(resolve => {
				next.push({envelope, resolve});
				// Everything that is appended in one turn of the event loop goes in one message.
				if (next.length === 1) {
					setImmediate(send);
				}
			}),
		close: async () => {
			await worker?.terminate();
		},
	};
}

function start(
	keys: readonly KeyObject[],
	onAnswer: (signers: readonly number[]) => void,
	onEnd: () => void,
): Worker {
	const workerData = keys.map(key => String(key.export({type: 'spki', format: 'pem'})));
	const limits = {maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4};
	const worker = new Worker(SOURCE, {eval: true, workerData, resourceLimits: limits, env: {}, execArgv: []});
	worker.on('message', onAnswer);
	worker.on('error', onEnd);
	worker.on('exit', onEnd);
	return worker;
}

// Text and not a file, because the daemon is shipped as one bundle, in which a second file would have no name.
const SOURCE = `
const {createPublicKey, verify} = require('node:crypto');
const {parentPort, workerData} = require('node:worker_threads');

const keys = workerData.map(pem => createPublicKey(pem));

function isSigned(bytes, key, sig) {
	try {
		return verify('sha256', bytes, key, sig);
	} catch {
		return false;
	}
}

parentPort.on('message', group => {
	parentPort.postMessage(group.map(({bytes, sig}) => keys.findIndex(key => isSigned(bytes, key, sig))));
});
`;
