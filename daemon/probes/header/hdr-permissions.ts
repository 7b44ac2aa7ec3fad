import type {ControlId} from '../../../policies/catalogue.ts';
import {type Answer, valuesOf} from '../ask.ts';
import type {Subject} from '../probe.ts';
import {isDocument} from './documents.ts';
import {ofPages} from './of-pages.ts';
import {type Member, readDictionary, readItem} from './structured.ts';

const CONTROL: ControlId = 'hdr-permissions';
/** What sees and hears people and knows where they are; `params.deny` says otherwise, `params.allow` what the application uses. */
const usual = ['camera', 'microphone', 'geolocation'];

export const hdrPermissions = ofPages(
	(page, {subject}) =>
		isDocument(page) ? [...permissionFlaws(page.answer, subject), ...isolationFlaws(page.answer)] : undefined,
	{
		passed: 'switches off what the application does not use',
		none: 'sends no document that could use a device',
	},
);

function permissionFlaws(answer: Answer, {paramsOf}: Pick<Subject, 'paramsOf'>): readonly string[] {
	const params = paramsOf(CONTROL);
	const allowed = textsOf(params['allow']) ?? [];
	const denied = textsOf(params['deny']) ?? usual;
	const values = valuesOf(answer, 'permissions-policy');
	const policy = values.length === 0 ? new Map<string, Member>() : readDictionary(values);
	if (policy === undefined) {
		return ['has a Permissions-Policy that is not written as RFC 9651 asks, so browsers ignore all of it'];
	}

	const open = denied.filter(
		feature => !isOff(policy.get(feature)) && !(allowed.includes(feature) && isOwn(policy.get(feature))),
	);
	return open.length === 0
		? []
		: [`leaves ${open.join(', ')} on; send Permissions-Policy: ${open.map(name => `${name}=()`).join(', ')}`];
}

/** Permissions Policy, "construct policy from dictionary and origin": what is neither `*`, `self` nor an origin lets nobody in. */
function isOff(member: Member | undefined): boolean {
	if (member === undefined) {
		return false;
	}

	return member.kind === 'list'
		? member.items.every(({kind, ...item}) => kind === 'other' || (kind === 'token' && !isOpen(item)))
		: member.kind !== 'token' || !isOpen(member);
}

function isOpen(item: {readonly text?: string}): boolean {
	return item.text === '*' || item.text === 'self';
}

/** The page itself, and no stranger. Where nothing is said, that is what browsers do. */
function isOwn(member: Member | undefined): boolean {
	const items = member === undefined ? [] : member.kind === 'list' ? member.items : [member];
	return items.every(item => item.kind !== 'string' && !(item.kind === 'token' && item.text === '*'));
}

const isolation: readonly (readonly [name: string, words: readonly string[]])[] = [
	[
		'cross-origin-opener-policy',
		['unsafe-none', 'same-origin-allow-popups', 'same-origin', 'noopener-allow-popups'],
	],
	['cross-origin-embedder-policy', ['unsafe-none', 'require-corp', 'credentialless']],
];

/** Nobody has to send these; who does, and is not understood, believes in a wall that is not there. */
function isolationFlaws(answer: Answer): readonly string[] {
	return isolation.flatMap(([name, words]) => {
		const values = valuesOf(answer, name);
		const item = values.length === 0 ? undefined : readItem(values);
		const isKnown = item?.kind === 'token' && words.includes(item.text);
		return values.length === 0 || isKnown
			? []
			: [`sends a ${name} that browsers ignore; the words are ${words.join(', ')}`];
	});
}

function textsOf(value: unknown): readonly string[] | undefined {
	return Array.isArray(value) ? value.map(String) : undefined;
}
