import {choiceOf, type Field, fieldsOf, listOf, optional, refuse, textOf} from './fields.ts';
import {documentOf, PERSON_ID} from './person.ts';

/** Whose signature counts, and for what. */
export interface TrustedKey {
	readonly name: string;
	/** File of the public key, beside the trust file. */
	readonly file: string;
	/** The person who holds it, by the id that documents name. */
	readonly person: string;
	readonly roles: readonly Role[];
	readonly at: Field;
}

/** A trusted key whose file was read: same fingerprint, same key. */
export interface KnownKey extends TrustedKey {
	readonly pem: string;
	readonly fingerprint: string;
}

export const roles = [
	'policy-author',
	'policy-approver',
	'waiver-approver',
	'builder',
	'collector',
	'auditor',
] as const;
export type Role = (typeof roles)[number];

/** Who decides does not do, and who looks does neither. */
const groups: Readonly<Record<Role, 'does' | 'decides' | 'looks'>> = {
	'policy-author': 'does',
	builder: 'does',
	collector: 'does',
	'policy-approver': 'decides',
	'waiver-approver': 'decides',
	auditor: 'looks',
};

export const MAX_KEYS = 64;

/** Whom an organisation trusts, and which bundles a build may choose. */
export interface TrustRoot {
	readonly keys: readonly TrustedKey[];
	/** The first is what judges when nobody chooses; empty where any bundle may be chosen. */
	readonly policies: readonly string[];
}

/** @throws {PolicyError} with the line to blame */
export function readTrust(document: Field): TrustRoot {
	const {metadata, spec} = documentOf(document, 'TrustRoot');
	fieldsOf(metadata, ['name', 'title', 'labels']);
	const {keys, policies} = fieldsOf(spec, ['keys', 'policies']);
	const read = listOf(keys, {min: 1, max: MAX_KEYS}, keyOf);
	const names = new Set<string>();
	for (const {name, at} of read) {
		if (names.has(name)) {
			refuse(at, `two keys are called ${name}; rename one`);
		}

		names.add(name);
	}

	const name = {pattern: /^[a-z0-9][a-z0-9-]{0,63}$/, expected: 'is the name of a bundle'};
	return {
		keys: read,
		policies: optional(policies, at => listOf(at, {min: 1, max: 32}, each => textOf(each, name))) ?? [],
	};
}

/**
 * Nobody decides about what they made themselves: not with one key, and not with one key under two names.
 * @throws {PolicyError} POLICY_BAD_TRUST
 */
export function refuseMixedRoles(keys: readonly KnownKey[]): void {
	for (const same of Map.groupBy(keys, ({fingerprint}) => fingerprint).values()) {
		refuseMixed(same, ({name}) => `the key ${name}`);
	}

	for (const same of Map.groupBy(keys, ({person}) => person).values()) {
		refuseMixed(same, ({person}) => person);
	}
}

function refuseMixed(same: readonly KnownKey[], nameOf: (key: KnownKey) => string): void {
	const [first, ...more] = same.flatMap(key => key.roles.map(role => ({key, role})));
	const other = more.find(({role}) => first !== undefined && groups[role] !== groups[first.role]);
	if (first !== undefined && other !== undefined) {
		refuse(
			other.key.at,
			`${nameOf(other.key)} has the roles ${first.role} and ${other.role}, which one hand must not hold; give one to somebody else`,
			'POLICY_BAD_TRUST',
		);
	}
}

function keyOf(field: Field): TrustedKey {
	const {name, file, person, roles: given} = fieldsOf(field, ['name', 'file', 'person', 'roles']);
	const called = textOf(name, {
		pattern: /^[a-z0-9][a-z0-9-]{0,63}$/,
		expected: 'is a name such as dana-2027',
	});
	return {
		name: called,
		file:
			optional(file, at =>
				textOf(at, {
					pattern: /^[A-Za-z0-9][\w.-]{0,127}$/,
					expected: 'is the name of a file beside this one, such as dana.pub',
				}),
			) ?? `${called}.pub`,
		person: textOf(person, {pattern: PERSON_ID, expected: 'is who holds the key, such as dana@example.com'}),
		roles: listOf(given, {min: 1, max: roles.length}, each => choiceOf(each, roles)),
		at: field,
	};
}
