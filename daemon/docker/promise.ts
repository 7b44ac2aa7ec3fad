import {type Contract, MAX_CONTRACT_BYTES, readContract} from '../../proto/contract.ts';
import {type Digest, digestOf} from '../../proto/digest.ts';
import {paths} from '../../proto/labels.ts';
import {DaemonError, reasonOf} from '../error.ts';
import type {Description} from './describe.ts';
import type {Engine} from './engine.ts';
import type {Target} from './target.ts';

/** What is promised about a container, by whom, and whether that can be believed. */
export type Promised =
	| {readonly state: 'kept'; readonly contract: Contract; readonly digest: Digest}
	| {readonly state: 'broken'; readonly reason: string}
	/** The container or the engine went away: nothing is known about the promise, neither good nor bad. */
	| {readonly state: 'unread'; readonly reason: string}
	/** No contract, but labels or the daemon's own file say what it serves. */
	| {readonly state: 'described'; readonly description: Description; readonly reason: string}
	/** Nothing was promised: it is judged on its configuration and on what it exposes. */
	| {readonly state: 'none'; readonly reason: string};

/**
 * Reads the contract out of the container and holds it against the label: a file that someone changed is `broken`,
 * and nothing it says is used. Never throws.
 * @param description what counts where there is no contract
 */
export async function readPromised(
	engine: Pick<Engine, 'readFile'>,
	{id, contract: claimed}: Pick<Target, 'id' | 'contract'>,
	signal: AbortSignal,
	description?: Description,
): Promise<Promised> {
	if (claimed === undefined) {
		return unpromised(description);
	}

	if (claimed === 'malformed') {
		return {state: 'broken', reason: 'the label dev.sallyport.contract is not a sha256 digest'};
	}

	try {
		const bytes = await engine.readFile(id, paths.contract, MAX_CONTRACT_BYTES, signal);
		const digest = digestOf(bytes);
		return digest === claimed
			? {state: 'kept', contract: readContract(bytes), digest}
			: {state: 'broken', reason: `${paths.contract} is ${digest}, but the label says ${claimed}`};
	} catch (error) {
		if (error instanceof DaemonError && !['FILE_ABSENT', 'FILE_REFUSED'].includes(error.code)) {
			return {state: 'unread', reason: reasonOf(error)};
		}

		return {state: 'broken', reason: `${paths.contract} cannot be used: ${reasonOf(error)}`};
	}
}

function unpromised(description: Description | undefined): Promised {
	return description === undefined
		? {state: 'none', reason: 'the image carries no contract'}
		: {
				state: 'described',
				description,
				reason: 'the image carries no contract, and is only described',
			};
}
