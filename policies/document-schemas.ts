import {decisions} from './approval.ts';
import {
	digest,
	documentSchema,
	list,
	matching,
	moment,
	name,
	object,
	oneOf,
	person,
	ruleId,
	type Schema,
	text,
} from './schema-parts.ts';
import {MAX_KEYS, roles} from './trust.ts';
import {WAIVER_ID} from './waiver.ts';

const ticket = text(200);

/** An approval, as `readApproval` takes it, but for what compares two of its values. */
export function approvalSchema(): Schema {
	return documentSchema('approval', {
		kind: 'PolicyApproval',
		title: 'An approval of a policy bundle of Sallyport',
		metadata: object({id: {}, title: {}, labels: {}}),
		spec: object(
			{
				subject: object({name: text(64), version: text(64), digest}, ['name', 'version', 'digest']),
				decision: oneOf(decisions),
				author: person,
				approver: person,
				approvedAt: moment,
				effectiveFrom: moment,
				reviewBy: moment,
				supersedes: digest,
				ticket,
				comment: text(2000),
			},
			['subject', 'decision', 'author', 'approver', 'approvedAt', 'effectiveFrom', 'reviewBy'],
		),
	});
}

/** A waiver, as `readWaiver` takes it, but for what compares two of its values. */
export function waiverSchema(): Schema {
	const one = matching('^[^*?\\s]{1,200}$', 'The name of one thing; patterns are not taken');
	const scope = {
		...object({
			services: list(one, 1, 64),
			fingerprints: list(digest, 1, 64),
			imageDigests: list(digest, 1, 64),
			environments: list(one, 1, 64),
		}),
		anyOf: [{required: ['services']}, {required: ['fingerprints']}, {required: ['imageDigests']}],
	};
	const sentence = (minLength: number, maxLength: number): Schema => ({...text(maxLength), minLength});
	return documentSchema(
		'waiver',
		{
			kind: 'Waiver',
			title: 'A waiver of a control or rule of Sallyport',
			metadata: object(
				{id: matching(WAIVER_ID, 'Such as W-2027-014'), title: text(200), renews: matching(WAIVER_ID)},
				['id', 'title'],
			),
			spec: object(
				{
					rule: {$ref: '#/$defs/ruleId'},
					scope,
					reason: sentence(20, 1000),
					risk: object(
						{residual: oneOf(['low', 'medium', 'high', 'critical']), owner: person, riskRef: text(200)},
						['residual', 'owner'],
					),
					compensating: list(
						object({description: sentence(10, 500), rule: {$ref: '#/$defs/ruleId'}}, ['description']),
						1,
						16,
					),
					requestedBy: person,
					approvedBy: person,
					effectiveFrom: moment,
					expiresAt: moment,
					ticket,
				},
				[
					'rule',
					'scope',
					'reason',
					'risk',
					'compensating',
					'requestedBy',
					'approvedBy',
					'effectiveFrom',
					'expiresAt',
				],
			),
		},
		{ruleId},
	);
}

/** A trust file, as `readTrust` takes it. */
export function trustSchema(): Schema {
	const key = object(
		{
			name,
			file: matching('^[A-Za-z0-9][\\w.-]{0,127}$', 'The public key beside this file; NAME.pub if left out'),
			person: matching('^[^\\s*]{1,200}$', 'Who holds it, as documents name them'),
			roles: list(oneOf(roles), 1, roles.length),
		},
		['name', 'person', 'roles'],
	);
	return documentSchema('trust', {
		kind: 'TrustRoot',
		title: 'Whom an organisation trusts with its policies',
		metadata: object({name: {}, title: {}, labels: {}}),
		spec: object(
			{
				keys: list(key, 1, MAX_KEYS),
				policies: {...list(name, 1, 32), description: 'What a build may choose, the usual one first'},
			},
			['keys'],
		),
	});
}
