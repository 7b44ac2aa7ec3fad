import type {BuiltImage} from '../daemon/build-gate.ts';
import {MAX_BUILD_RECORD_BYTES, readBuildRecord} from '../proto/build-record.ts';
import {ContractError, MAX_CONTRACT_BYTES, readContract} from '../proto/contract.ts';
import {digestOf} from '../proto/digest.ts';
import {ProtoError} from '../proto/error.ts';
import {labels, paths} from '../proto/labels.ts';
import type {Subject} from '../proto/statement.ts';
import {CliError} from './error.ts';

/** What the build gate left in an image, as it was found there. */
export interface ImageFiles {
	/** The image, as it was asked for. */
	readonly name: string;
	readonly subjects: readonly Subject[];
	readonly labels: Readonly<Record<string, unknown>>;
	/** Contents by path; absent where the image has no such file. */
	readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Files that are wanted of an image, and the most bytes that each may have. */
export const wantedFiles: ReadonlyMap<string, number> = new Map([
	[paths.contract, MAX_CONTRACT_BYTES],
	[paths.buildRecord, MAX_BUILD_RECORD_BYTES],
]);

/**
 * Holds the label against the contract, and the contract against the record: three that agree are what the build gate made.
 * @throws {CliError} CLI_BAD_INPUT for an image that was not built by it, or was changed since
 */
export function builtImageOf({name, subjects, labels: given, files}: ImageFiles): BuiltImage {
	const claimed = given[labels.contract];
	const contract = files.get(paths.contract);
	if (claimed === undefined || contract === undefined) {
		const what = claimed === undefined ? `the label ${labels.contract}` : `the file ${paths.contract}`;
		throw refused(
			`${name} has not ${what}: it was not built by the build gate; put "# syntax=sallyport/frontend:1" at the top of its Dockerfile`,
		);
	}

	const contractDigest = digestOf(contract);
	if (contractDigest !== claimed) {
		throw refused(`${name}: ${paths.contract} was changed after the build; its label names another`);
	}

	const named = reading(name, () => readContract(contract)).record?.digest;
	const bytes = files.get(paths.buildRecord);
	if (named === undefined || bytes === undefined) {
		throw refused(`${name} has no record of its build; build it again with this version of the frontend`);
	}

	const recordDigest = digestOf(bytes);
	if (recordDigest !== named) {
		throw refused(`${name}: ${paths.buildRecord} was changed after the build; the contract names another`);
	}

	const record = reading(name, () => readBuildRecord(bytes));
	return {subjects, documents: {record, recordDigest, contractDigest}};
}

function reading<T>(name: string, read: () => T): T {
	try {
		return read();
	} catch (cause) {
		if (cause instanceof ContractError || cause instanceof ProtoError) {
			throw new CliError('CLI_BAD_INPUT', `${name}: ${cause.message}`, {cause});
		}

		throw cause;
	}
}

function refused(message: string): CliError {
	return new CliError('CLI_BAD_INPUT', message);
}
