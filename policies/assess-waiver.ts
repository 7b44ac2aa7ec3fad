import type {Ground} from './ground.ts';
import {type Signed, signatureProblem} from './signed.ts';
import {longestFor, type Waiver} from './waiver.ts';

/** A waiver, and whether it holds as of a moment. */
export interface WaiverStanding {
	readonly file: string;
	readonly waiver: Waiver;
	readonly state: 'valid' | 'early' | 'expired' | 'invalid';
	/** Why it does not hold; says until when where it does. */
	readonly message: string;
}

const DAY_MS = 86_400_000;

/** Judges one waiver. It ends on the moment of `expiresAt`, whatever the local time is. */
export function assessWaiver(
	signed: Signed<Waiver>,
	{terms, own}: Pick<Ground, 'terms' | 'own'>,
	now: Date,
): WaiverStanding {
	const {file, document: waiver} = signed;
	const {id, rule, approvedBy, effectiveFrom, expiresAt} = waiver;
	const is = (state: WaiverStanding['state'], message: string): WaiverStanding => ({
		file,
		waiver,
		state,
		message: `The waiver ${id} of ${rule} ${message}.`,
	});
	const problem = signatureProblem(signed, 'waiver-approver', approvedBy.id);
	if (problem !== undefined) {
		return is('invalid', `does not count: ${problem}`);
	}

	const days = (Date.parse(expiresAt) - Date.parse(effectiveFrom)) / DAY_MS;
	const longest = longestFor(rule, terms.waiverLimits, own);
	if (days > longest) {
		return is('invalid', `lasts ${Math.ceil(days)} days, and one of this severity may last ${longest}`);
	}

	if (waiver.compensating.every(each => each.rule === undefined)) {
		return is('invalid', 'names no control or rule that holds instead');
	}

	if (now.getTime() < Date.parse(effectiveFrom)) {
		return is('early', `holds from ${effectiveFrom} on and not before`);
	}

	return now.getTime() < Date.parse(expiresAt)
		? is('valid', `was approved by ${approvedBy.id} and holds until ${expiresAt}`)
		: is('expired', `ran out on ${expiresAt}`);
}
