import type {WaiverStanding} from '../policies/assess-waiver.ts';
import type {Decided, Finding} from '../policies/finding.ts';
import {waiverAt, waiverProblem} from '../policies/holding.ts';
import type {Target} from './docker/target.ts';

/**
 * What probes found, under the waivers that stand beside the policy. At run time a waiver means images by their digests: names
 * of containers and labels are anybody's to choose. A failure that is waived keeps its raw result beside it.
 */
export function waive(
	findings: readonly Finding[],
	waivers: readonly WaiverStanding[],
	{digest, manifest}: Target['image'],
	now: Date,
): readonly Decided[] {
	const meant = waivers
		.filter(
			({waiver: {scope}}) =>
				scope.imageDigests?.some(each => each === digest || each === manifest) === true &&
				scope.services === undefined &&
				scope.fingerprints === undefined,
		)
		.map(standing => waiverAt(standing, now));
	if (meant.length === 0) {
		return findings;
	}

	const told: Decided[] = [];
	const settled = findings.map((finding): Decided => {
		const covering =
			finding.result === 'fail' ? meant.filter(({waiver}) => waiver.rule === finding.control) : [];
		const valid = covering.find(each => waiverProblem(each, findings) === undefined);
		if (valid === undefined) {
			told.push(...covering.map(each => govern('fail', waiverProblem(each, findings) ?? '')));
			return finding;
		}

		const {id, expiresAt: until} = valid.waiver;
		told.push(govern('pass', valid.message));
		return {...finding, result: 'waived', raw: 'fail', waiver: {id, until}};
	});
	// The probe of this control knows of no waivers; who used one here does.
	return told.length === 0 ? settled : [...settled.filter(({control}) => control !== GOVERNING), ...told];
}

const GOVERNING = 'gov-waivers-valid';

function govern(result: 'pass' | 'fail', message: string): Decided {
	return {control: GOVERNING, result, message};
}
