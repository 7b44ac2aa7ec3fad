import type {Approval} from './approval.ts';
import {quoted} from './fields.ts';
import {type Signed, signatureProblem} from './signed.ts';
import type {KnownKey} from './trust.ts';

/** Whether a bundle may judge, as of a moment, and the sentence that says why. */
export interface ApprovalStanding {
	readonly state: 'approved' | 'unapproved' | 'early' | 'overdue' | 'withdrawn' | 'superseded';
	readonly message: string;
	/** Who approved it, by id. */
	readonly approvers: readonly string[];
	/** When it first came into force: what a time of grace is counted from. */
	readonly adoptedAt?: string;
	readonly reviewBy?: string;
}

interface Asked {
	readonly name: string;
	readonly digest: string;
	readonly quorum: number;
	/** Whoever signed the bundle as its author. */
	readonly author: KnownKey | undefined;
}

/** Clocks of two machines differ by a little. */
const SKEW_MS = 5 * 60_000;

export function approvalStanding(
	asked: Asked,
	all: readonly Signed<Approval>[],
	now: Date,
): ApprovalStanding {
	const {name, digest, quorum} = asked;
	const about = all.filter(({document}) => document.subject.digest === digest);
	const judged = about.map(signed => ({signed, problem: problemOf(signed, asked, now)}));
	const sound = judged.flatMap(({signed, problem}) => (problem === undefined ? [signed.document] : []));
	const no = (state: ApprovalStanding['state'], message: string): ApprovalStanding => ({
		state,
		message: `The policy ${name} ${message}`,
		approvers: [],
	});

	const withdrawn = sound.find(each => each.decision !== 'approved' && isLast(each, sound));
	if (withdrawn !== undefined) {
		return no(
			'withdrawn',
			`was ${withdrawn.decision} by ${withdrawn.approver.id} on ${withdrawn.approvedAt}.`,
		);
	}

	const newer = all.find(
		signed =>
			signed.document.supersedes === digest &&
			isPast(signed.document.effectiveFrom, now) &&
			signed.document.decision === 'approved' &&
			problemOf(signed, {...asked, digest: signed.document.subject.digest}, now) === undefined,
	);
	if (newer !== undefined) {
		const {subject, effectiveFrom} = newer.document;
		return no('superseded', `was superseded by ${subject.name} ${subject.version} on ${effectiveFrom}.`);
	}

	return byDates(sound, judged, no, {name, quorum, now, other: otherThan(all, asked)});
}

interface Counting {
	readonly name: string;
	readonly quorum: number;
	readonly now: Date;
	readonly other: string | undefined;
}

function byDates(
	sound: readonly Approval[],
	judged: readonly {readonly signed: Signed<Approval>; readonly problem: string | undefined}[],
	no: (state: ApprovalStanding['state'], message: string) => ApprovalStanding,
	{name, quorum, now, other}: Counting,
): ApprovalStanding {
	const started = sound.filter(each => isPast(each.effectiveFrom, now));
	const current = started.filter(each => !isPast(each.reviewBy, now));
	const approvers = [...new Set(current.map(({approver}) => approver.id))];
	if (approvers.length >= quorum) {
		const reviewBy = earliest(current.map(each => each.reviewBy));
		const adoptedAt = earliest(started.map(each => each.effectiveFrom));
		return {
			state: 'approved',
			message: `The policy ${name} was approved by ${approvers.join(' and ')} and is to be reviewed by ${reviewBy}.`,
			approvers,
			adoptedAt,
			reviewBy,
		};
	}

	if (approvers.length > 0) {
		return no(
			'unapproved',
			`needs ${quorum} approvers and has ${approvers.length} (${approvers.join(', ')}).`,
		);
	}

	if (started.length > 0) {
		const last = latest(started.map(each => each.reviewBy));
		return no('overdue', `was to be reviewed by ${last} and was not; approve it again.`);
	}

	if (sound.length > 0) {
		const first = earliest(sound.map(each => each.effectiveFrom));
		return no('early', `is approved from ${first} on and not before.`);
	}

	const [wrong] = judged;
	if (wrong?.problem !== undefined) {
		return no('unapproved', `has an approval (${wrong.signed.file}) that does not count: ${wrong.problem}.`);
	}

	return no(
		'unapproved',
		other ?? 'has no approval beside it; "sallyport policy approve" makes one, signed by a policy approver.',
	);
}

/** An approval of the same name is what somebody has who changed an approved bundle. */
function otherThan(all: readonly Signed<Approval>[], {name, digest}: Asked): string | undefined {
	const other = all.find(({document}) => document.subject.name === name);
	return other === undefined
		? undefined
		: `is not the one that was approved: its digest is ${digest}, and ${other.file} is about ${other.document.subject.digest}.`;
}

function problemOf(signed: Signed<Approval>, {author}: Asked, now: Date): string | undefined {
	const {approver, approvedAt, author: named} = signed.document;
	if (author !== undefined && author.person !== named.id) {
		return `it says that ${quoted(named.id)} wrote the bundle, and ${quoted(author.person)} signed it as its author`;
	}

	return Date.parse(approvedAt) > now.getTime() + SKEW_MS
		? `it was made on ${approvedAt}, which is in the future`
		: signatureProblem(signed, 'policy-approver', approver.id);
}

/** A later word of the same person takes the place of an earlier one. */
function isLast(approval: Approval, all: readonly Approval[]): boolean {
	return !all.some(
		other =>
			other.approver.id === approval.approver.id &&
			Date.parse(other.approvedAt) > Date.parse(approval.approvedAt),
	);
}

function isPast(moment: string, now: Date): boolean {
	return Date.parse(moment) <= now.getTime();
}

function earliest(moments: readonly string[]): string {
	return moments.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0] ?? '';
}

function latest(moments: readonly string[]): string {
	return moments.toSorted((a, b) => Date.parse(b) - Date.parse(a))[0] ?? '';
}
