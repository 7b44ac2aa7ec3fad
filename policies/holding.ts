import type {WaiverStanding} from './assess-waiver.ts';
import type {Decided} from './finding.ts';
import {isCoveredBy, type Waiver} from './waiver.ts';

type Weighed = Pick<Decided, 'result'> & {readonly rule?: string; readonly control?: Decided['control']};

/**
 * Why a waiver does not cover what it was made for, as of a moment; undefined when it does.
 * @param findings everything that was found beside it: what is to hold instead must not be among what fails
 */
export function waiverProblem(
	{state, message, waiver}: WaiverStanding,
	findings: readonly Weighed[],
): string | undefined {
	if (state !== 'valid') {
		return message;
	}

	const failing = waiver.compensating.find(({rule}) =>
		findings.some(
			finding =>
				rule !== undefined &&
				(finding.result === 'fail' || finding.result === 'error') &&
				isCoveredBy(rule, finding.rule, finding.control),
		),
	);
	return failing === undefined
		? undefined
		: `The waiver ${waiver.id} of ${waiver.rule} is void: ${failing.rule}, which was to hold instead, does not.`;
}

/** A waiver that was judged a while ago, as of now: time alone makes it begin and end. */
export function waiverAt(standing: WaiverStanding, now: Date): WaiverStanding {
	if (standing.state === 'invalid') {
		return standing;
	}

	const {id, rule, effectiveFrom, expiresAt}: Waiver = standing.waiver;
	const at = now.getTime();
	if (at >= Date.parse(expiresAt)) {
		return {...standing, state: 'expired', message: `The waiver ${id} of ${rule} ran out on ${expiresAt}.`};
	}

	return at < Date.parse(effectiveFrom)
		? {
				...standing,
				state: 'early',
				message: `The waiver ${id} of ${rule} holds from ${effectiveFrom} on and not before.`,
			}
		: {...standing, state: 'valid'};
}
