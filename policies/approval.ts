import {choiceOf, dateOf, type Field, fieldsOf, optional, refuse, textOf} from './fields.ts';
import {documentOf, type Person, personOf} from './person.ts';

/** A decision about one version of a bundle, told by its digest. Signed by the approver. */
export interface Approval {
	readonly subject: {readonly name: string; readonly version: string; readonly digest: string};
	readonly decision: (typeof decisions)[number];
	readonly author: Person;
	readonly approver: Person;
	/** RFC 3339, all of them. */
	readonly approvedAt: string;
	readonly effectiveFrom: string;
	readonly reviewBy: string;
	/** Digest of the bundle that this one takes the place of. */
	readonly supersedes?: string;
	readonly ticket?: string;
}

export const decisions = ['approved', 'rejected', 'revoked'] as const;
/** A policy is looked at again within a year. */
export const MAX_REVIEW_DAYS = 366;

export const DIGEST = {
	pattern: /^sha256:[0-9a-f]{64}$/,
	expected: 'is a digest: sha256: and 64 hex digits',
};
const DAY_MS = 86_400_000;

/** @throws {PolicyError} with the line to blame */
export function readApproval(document: Field): Approval {
	const {metadata, spec} = documentOf(document, 'PolicyApproval');
	fieldsOf(metadata, ['id', 'title', 'labels']);
	const fields = fieldsOf(spec, [
		'subject',
		'decision',
		'author',
		'approver',
		'approvedAt',
		'effectiveFrom',
		'reviewBy',
		'supersedes',
		'ticket',
		'comment',
	]);
	const subject = fieldsOf(fields.subject, ['name', 'version', 'digest']);
	const supersedes = optional(fields.supersedes, at => textOf(at, DIGEST));
	const ticket = optional(fields.ticket, at => textOf(at, {expected: 'is the name of a ticket', max: 200}));
	optional(fields.comment, at => textOf(at, {expected: 'is a sentence', max: 2000}));
	const approval: Approval = {
		subject: {
			name: textOf(subject.name, {expected: 'is the name of a bundle', max: 64}),
			version: textOf(subject.version, {expected: "is the bundle's version", max: 64}),
			digest: textOf(subject.digest, DIGEST),
		},
		decision: choiceOf(fields.decision, decisions),
		author: personOf(fields.author),
		approver: personOf(fields.approver),
		approvedAt: dateOf(fields.approvedAt),
		effectiveFrom: dateOf(fields.effectiveFrom),
		reviewBy: dateOf(fields.reviewBy),
		...(supersedes === undefined ? {} : {supersedes}),
		...(ticket === undefined ? {} : {ticket}),
	};
	if (approval.approver.id === approval.author.id) {
		refuse(fields.approver, `${approval.approver.id} wrote this bundle; somebody else approves it`);
	}

	const days = (Date.parse(approval.reviewBy) - Date.parse(approval.approvedAt)) / DAY_MS;
	if (days <= 0 || days > MAX_REVIEW_DAYS) {
		refuse(fields.reviewBy, 'spec.reviewBy is after spec.approvedAt, and at most a year after it');
	}

	return approval;
}
