import test from 'ava';
import {attested, attestModeOf, attestNotes} from '../../frontend/attest.ts';
import {passageOf} from '../../frontend/bypass.ts';
import type {Judged} from '../../frontend/judge.ts';
import {decode, encode} from '../../proto/buildkit/codec.ts';
import {attestations} from '../../proto/buildkit/gateway.ts';
import {documentDigest} from '../../proto/signed-document.ts';
import {baselineOf, bundleFrom} from '../helpers/bundle.ts';

const stopping: readonly Judged[] = [
	{rule: 'no-literal-credentials', control: 'secret-no-env', result: 'fail', level: 'error', message: 'x'},
];
const planless: readonly Judged[] = [
	...stopping,
	{rule: 'valid-plan', control: 'proxy-config-valid', result: 'fail', level: 'error', message: 'y'},
];
const given = (text: string): {readonly buildArgs: ReadonlyMap<string, string>} => ({
	buildArgs: new Map([['SALLYPORT_BYPASS', text]]),
});
const nothing = {buildArgs: new Map<string, string>()};

test('without a ticket what stops a build stops it', t => {
	t.deepEqual(passageOf(nothing, baselineOf(), stopping), {held: stopping, passed: [], notes: []});
	t.deepEqual(passageOf(given(''), baselineOf(), stopping).held, stopping);
});

test('with a ticket everything is passed over, or nothing', t => {
	const all = passageOf(given('OPS-4711'), baselineOf(), stopping);
	const none = passageOf(given('OPS-4711'), baselineOf(), planless);

	t.deepEqual([all.held, all.passed, all.ticket], [[], stopping, 'OPS-4711']);
	t.regex(all.notes.join(''), /^BREAK-GLASS OPS-4711: /);
	// One that no ticket helps against stops the build, and is the one that is told.
	t.deepEqual([none.held.map(({rule}) => rule), none.passed, none.ticket], [['valid-plan'], [], undefined]);
	t.regex(none.refusal ?? '', /no ticket makes up for this/);
});

test('a ticket that is not needed marks nothing', t => {
	const {held, passed, ticket, notes} = passageOf(given('OPS-4711'), baselineOf(), []);

	t.deepEqual([held, passed, ticket], [[], [], undefined]);
	t.regex(notes.join(''), /was not needed/);
});

test('a bundle may forbid it, and one that extends that one cannot allow it again without a reason', t => {
	const text = (name: string, spec: string): string =>
		`apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: ${name}, version: 1.0.0}\nspec: ${spec}\n`;
	const strict = bundleFrom(text('strict', '{rules: {}, build: {bypass: forbidden}}'));

	const {held, refusal, ticket} = passageOf(given('OPS-4711'), strict, stopping);

	t.deepEqual([held, ticket], [stopping, undefined]);
	t.regex(refusal ?? '', /the policy strict allows no break-glass/);
	const extending = `{extends: [{name: strict, digest: "${documentDigest(strict.document)}"}], rules: {}, build: {bypass: allowed}}`;
	t.throws(() => bundleFrom(text('lax', extending), 'lax.yaml', [strict]), {
		message: /bypass is forbidden in the bundle that is extended, and allowed is less strict/,
	});
});

for (const text of ['OPS-4711', 'INC0012345', 'CHG0030192', 'acme/app#123', 'JIRA_2', '2026-11-22/3']) {
	test(`${text} is a ticket`, t => {
		t.is(passageOf(given(text), baselineOf(), stopping).ticket, text);
	});
}

const noTickets: readonly (readonly [string, string, RegExp])[] = [
	['nothing but letters', 'please', /is no name of a ticket/],
	['two words', 'OPS 4711', /is no name of a ticket/],
	['a line break', 'OPS-1\nOPS-2', /is no name of a ticket/],
	['something that steers a terminal', 'OPS-1\u001B[2J', /is no name of a ticket/],
	['a long text', `OPS-1${'x1-'.repeat(2000)}`, /is no name of a ticket/],
	['a GitHub token', 'ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5', /looks like a secret/],
	['an access key', 'AKIAQ2W3E4R5T6Y7U2I3', /looks like a secret/],
	['something random', 'q7Rk2mZx9Lw4Tn8Vb3Yc', /looks like a secret/],
	['a password by its name', 'Password-1', /looks like a secret/],
];
for (const [name, text, message] of noTickets) {
	test(`${name} is no ticket, and is not repeated`, t => {
		const error = t.throws(() => passageOf(given(text), baselineOf(), stopping));

		t.regex(error.message, message);
		t.false(error.message.includes(text.slice(0, 12)) && text !== 'please');
	});
}

const mode = (text: string, fate: 'kept' | 'dropped' | 'refused'): string =>
	attestModeOf({buildArgs: new Map([['SALLYPORT_ATTEST', text]])}, {attestations: fate});

test('attestations are made where they are kept, or where they were asked for', t => {
	t.is(mode('', 'kept'), 'inline');
	t.is(mode('', 'dropped'), 'none');
	t.is(mode('', 'refused'), 'none');
	t.is(mode('index', 'kept'), 'index');
	t.is(mode('index', 'dropped'), 'index');
	t.is(mode('none', 'kept'), 'none');
	t.throws(() => mode('index', 'refused'), {message: /knows no attestations; take BuildKit 0\.11/});
	t.throws(() => mode('yes', 'kept'), {
		message: /"yes" means nothing here; it is one of inline, index, none/,
	});
	t.deepEqual(attestNotes('index', {attestations: 'kept'}), []);
	t.regex(attestNotes('index', {attestations: 'dropped'}).join(''), /keeps no attestations/);
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const own = (type: string): Uint8Array =>
	encode(attestations, {attestation: [{path: '/x', predicateType: type}]});
const typesIn = (message: Uint8Array | undefined): readonly (string | undefined)[] =>
	message === undefined
		? []
		: (decode(attestations, message).attestation ?? []).map(({predicateType}) => predicateType);

test("ours stand behind the delegate's, which are passed on as they came", t => {
	// A field that nobody knows here yet, behind an attestation of the delegate's.
	const theirs = Buffer.concat([own('theirs'), Buffer.from([0x7a, 0x01, 0x61])]);
	const metadata = {'refs.platforms': bytes('{"Platforms":[{"ID":"linux/amd64"},{"ID":"linux/arm64"}]}')};
	const result = attested({metadata, attestations: {'linux/amd64': theirs}}, () => own('ours'));

	const all = result.attestations ?? {};
	t.deepEqual(typesIn(all['linux/amd64']), ['theirs', 'ours']);
	t.deepEqual(typesIn(all['linux/arm64']), ['ours']);
	t.true(Buffer.from(all['linux/amd64'] ?? []).includes(theirs));
});

const named: readonly (readonly [string, string])[] = [
	['{"os":"linux","architecture":"amd64"}', 'linux/amd64'],
	['{"os":"linux","architecture":"amd64","variant":"v1"}', 'linux/amd64'],
	['{"os":"linux","architecture":"amd64","variant":"v3"}', 'linux/amd64/v3'],
	['{"os":"linux","architecture":"arm64","variant":"v8"}', 'linux/arm64'],
	['{"os":"linux","architecture":"arm"}', 'linux/arm/v7'],
	['{"os":"linux","architecture":"arm","variant":"v6"}', 'linux/arm/v6'],
];
for (const [config, platform] of named) {
	test(`a result without a list of platforms is for the one of its configuration: ${config}`, t => {
		const result = attested({metadata: {'containerimage.config': bytes(config)}}, () => own('ours'));

		t.deepEqual(Object.keys(result.attestations ?? {}), [platform]);
	});
}

test('an answer that is no image gets no attestation', t => {
	const answer = {metadata: {'result.json': bytes('{}')}};

	t.is(
		attested(answer, () => own('ours')),
		answer,
	);
	t.is(attested({...answer}, () => undefined).attestations, undefined);
});
