import {quoted} from './fields.ts';
import type {KnownKey} from './trust.ts';

/** A document, and whose signature it has: nobody's when it has none that holds. */
export interface Signed<T> {
	readonly file: string;
	readonly document: T;
	readonly signer: KnownKey | undefined;
}

/** Why a document's signature does not count; undefined when it does. */
export function signatureProblem<T>(
	{signer}: Signed<T>,
	role: KnownKey['roles'][number],
	person: string,
): string | undefined {
	if (signer === undefined) {
		return 'it has no signature of a trusted key over this very text';
	}

	if (!signer.roles.includes(role)) {
		return `the key ${signer.name} that signed it does not have the role ${role}`;
	}

	return signer.person === person
		? undefined
		: `it names ${quoted(person)}, and the key ${signer.name} that signed it belongs to ${quoted(signer.person)}`;
}
