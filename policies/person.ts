import {type Field, type Fields, fieldsOf, isRecord, optional, refuse, textOf} from './fields.ts';

/** Somebody who takes part in a decision. The id is what is compared: it must be the same wherever they act. */
export interface Person {
	readonly id: string;
	readonly name: string;
}

export const PERSON_ID = /^[^\s*]{1,200}$/;

export function personOf(field: Field): Person {
	if (field.value === undefined) {
		refuse(field, `${field.path.join('.')} is missing; it says who, with an id and a name`);
	}

	const {id, name, role} = fieldsOf(field, ['id', 'name', 'role']);
	optional(role, at => textOf(at, {expected: 'is the name of a role', max: 64}));
	return {
		id: textOf(id, {pattern: PERSON_ID, expected: 'is what tells people apart, such as dana@example.com'}),
		name: textOf(name, {expected: "is a person's name", max: 200}),
	};
}

/** Opens a document of a kind, with `metadata` and `spec`. */
export function documentOf(field: Field, kind: string): Fields<'metadata' | 'spec'> {
	if (!isRecord(field.value)) {
		refuse(field, `a ${kind} is a mapping with apiVersion, kind, metadata and spec`);
	}

	const {
		apiVersion,
		kind: given,
		metadata,
		spec,
	} = fieldsOf(field, ['apiVersion', 'kind', 'metadata', 'spec']);
	if (apiVersion.value !== 'sallyport.dev/v1' || given.value !== kind) {
		refuse(apiVersion, `this starts with "apiVersion: sallyport.dev/v1" and "kind: ${kind}"`);
	}

	if (!isRecord(spec.value)) {
		refuse(field, 'spec is missing');
	}

	return {metadata, spec};
}
