import test from 'ava';
import {stringify} from 'yaml';
import {readApproval} from '../policies/approval.ts';
import {PolicyError} from '../policies/error.ts';
import {type PolicyFiles, standingOf} from '../policies/standing.ts';
import {readWaiver} from '../policies/waiver.ts';
import {openYaml} from '../policies/yaml-text.ts';
import {documentDigest, fingerprintOf, isDocumentSignedBy} from '../proto/signed-document.ts';
import {builtIn, bundleFrom} from './helpers/bundle.ts';
import {approvalOf, handOf, signedFiles, trustFiles, waiverOf} from './helpers/policy-documents.ts';

// Who may say what about a policy, and until when.

const lee = handOf('lee@example.test');
const dana = handOf('dana@example.test');
const sam = handOf('sam@example.test');
const kim = handOf('kim@example.test');
const eve = handOf('dana@example.test');

const soc2 = builtIn('soc2');
const strict = builtIn('soc2-strict');
const now = new Date('2027-01-15T12:00:00Z');
const seals = {fingerprintOf, isSignedBy: isDocumentSignedBy};
const keys = trustFiles([
	[lee, ['policy-author']],
	[dana, ['policy-approver']],
	[kim, ['policy-approver', 'waiver-approver']],
	[sam, ['waiver-approver']],
]);

interface Laid {
	readonly keys?: Readonly<Record<string, string>>;
	readonly approvals?: Readonly<Record<string, string>>;
	readonly waivers?: Readonly<Record<string, string>>;
	readonly bundleSignature?: string;
}

function laid({keys: trusted = keys, approvals = {}, waivers = {}, ...rest}: Laid): PolicyFiles {
	const files = (all: Readonly<Record<string, string>>) => new Map(Object.entries(all));
	return {keys: files(trusted), approvals: files(approvals), waivers: files(waivers), ...rest};
}

function standing(files: Laid, bundle = soc2, at = now) {
	return standingOf(bundle, documentDigest(bundle.document), laid(files), {seals, now: at});
}

const people = {author: 'lee@example.test', approver: 'dana@example.test'};

test('a bundle is approved by somebody with the role who is not its author', async t => {
	const approvals = await signedFiles('soc2', approvalOf(soc2, people), dana);

	const {approval, problems} = standing({approvals});

	t.deepEqual(problems, []);
	t.is(approval.state, 'approved');
	t.deepEqual(approval.approvers, ['dana@example.test']);
	t.is(approval.adoptedAt, '2027-01-01T00:00:00Z');
	t.is(approval.reviewBy, '2027-12-01T00:00:00Z');
});

test('an approval holds from its first moment to its review, in UTC whatever the clock is set to', async t => {
	const approvals = await signedFiles('soc2', approvalOf(soc2, people), dana);
	const at = (moment: string): string => standing({approvals}, soc2, new Date(moment)).approval.state;

	t.is(at('2026-12-31T23:59:59.999Z'), 'early');
	t.is(at('2027-01-01T00:00:00Z'), 'approved');
	t.is(at('2027-11-30T23:59:59.999Z'), 'approved');
	t.is(at('2027-12-01T00:00:00Z'), 'overdue');
});

const unapproved: Readonly<Record<string, readonly [() => Promise<Laid>, RegExp]>> = {
	'nobody signed it': [
		async () => {
			const files = await signedFiles('soc2', approvalOf(soc2, people), dana);
			return {approvals: {'soc2.yaml': files['soc2.yaml'] ?? ''}};
		},
		/it has no signature of a trusted key/,
	],
	'somebody signed it whose key is not trusted': [
		async () => ({approvals: await signedFiles('soc2', approvalOf(soc2, people), eve)}),
		/it has no signature of a trusted key/,
	],
	'its author signed it': [
		async () => ({approvals: await signedFiles('soc2', approvalOf(soc2, people), lee)}),
		/the key key-0 that signed it does not have the role policy-approver/,
	],
	'a waiver approver signed it': [
		async () => ({approvals: await signedFiles('soc2', approvalOf(soc2, people), sam)}),
		/does not have the role policy-approver/,
	],
	'another approver signed it in her name': [
		async () => ({approvals: await signedFiles('soc2', approvalOf(soc2, people), kim)}),
		/it names "dana@example\.test", and the key key-2 that signed it belongs to "kim@example\.test"/,
	],
	'it was changed after it was signed': [
		async () => {
			const files = await signedFiles('soc2', approvalOf(soc2, people), dana);
			return {
				approvals: {...files, 'soc2.yaml': (files['soc2.yaml'] ?? '').replace('2027-12-01', '2027-11-01')},
			};
		},
		/it has no signature of a trusted key over this very text/,
	],
	'it is about another text': [
		async () => ({approvals: await signedFiles('soc2', approvalOf(strict, people), dana)}),
		/has no approval beside it/,
	],
	'the signature of another kind of document is put beside it': [
		async () => {
			const files = await signedFiles('soc2', approvalOf(soc2, people), dana);
			const other = await signedFiles('soc2', waiverOf(), dana);
			return {approvals: {...files, 'soc2.yaml.sig': other['soc2.yaml.sig'] ?? ''}};
		},
		/it has no signature of a trusted key/,
	],
	'its signature is no signature': [
		async () => {
			const files = await signedFiles('soc2', approvalOf(soc2, people), dana);
			return {approvals: {...files, 'soc2.yaml.sig': '{"payload": 3}'}};
		},
		/it has no signature of a trusted key/,
	],
	'it was made in the future': [
		async () => ({
			approvals: await signedFiles(
				'soc2',
				approvalOf(soc2, people, {approvedAt: '2027-06-01T00:00:00Z'}),
				dana,
			),
		}),
		/which is in the future/,
	],
	'there are no keys': [
		async () => ({keys: {}, approvals: await signedFiles('soc2', approvalOf(soc2, people), dana)}),
		/it has no signature of a trusted key/,
	],
};

for (const [name, [files, words]] of Object.entries(unapproved)) {
	test(`an approval does not count when ${name}`, async t => {
		const {approval} = standing(await files());

		t.is(approval.state, 'unapproved');
		t.regex(approval.message, words);
		t.deepEqual(approval.approvers, []);
	});
}

test('whoever changed an approved bundle is told so', async t => {
	const approvals = await signedFiles('soc2', approvalOf(soc2, people), dana);
	const changed = bundleFrom(
		stringify({
			...(soc2.document as object),
			metadata: {name: 'soc2', version: '0.1.0', title: 'Another title'},
		}),
	);

	const {approval} = standing({approvals}, changed);

	t.is(approval.state, 'unapproved');
	t.regex(approval.message, /is not the one that was approved: its digest is sha256:/);
});

test('a strict bundle takes two people, and the same one twice is one', async t => {
	const byDana = await signedFiles('a', approvalOf(strict, people), dana);
	const again = await signedFiles('b', approvalOf(strict, people), dana);
	const byKim = await signedFiles('c', approvalOf(strict, {...people, approver: 'kim@example.test'}), kim);

	t.regex(
		standing({approvals: {...byDana, ...again}}, strict).approval.message,
		/needs 2 approvers and has 1/,
	);
	t.is(standing({approvals: {...byDana, ...byKim}}, strict).approval.state, 'approved');
});

test('an approver takes their word back, and a newer version takes the place of an older one', async t => {
	const first = await signedFiles('a', approvalOf(soc2, people), dana);
	const revoked = await signedFiles(
		'b',
		approvalOf(soc2, people, {decision: 'revoked', approvedAt: '2027-01-10T00:00:00Z'}),
		dana,
	);
	const supersedes = documentDigest(soc2.document);
	const newer = await signedFiles('c', approvalOf(strict, people, {supersedes}), dana);

	t.is(standing({approvals: {...first, ...revoked}}).approval.state, 'withdrawn');
	t.is(standing({approvals: {...first, ...newer}}).approval.state, 'superseded');
});

test('a bundle whose signature does not hold is refused, and an approval that names another author does not count', async t => {
	const {'x.yaml.sig': signature = ''} = await signedFiles('x', soc2.document as never, lee);
	const {'x.yaml.sig': other = ''} = await signedFiles('x', strict.document as never, lee);
	const approvals = await signedFiles('soc2', approvalOf(soc2, people), dana);

	t.is(standing({approvals, bundleSignature: signature}).approval.state, 'approved');
	const notHers = await signedFiles('soc2', approvalOf(soc2, {...people, author: 'max@example.test'}), dana);
	t.regex(
		standing({approvals: notHers, bundleSignature: signature}).approval.message,
		/it says that "max@example\.test" wrote the bundle, and "lee@example\.test" signed it/,
	);
	t.throws(() => standing({approvals, bundleSignature: other}), {code: 'POLICY_BAD_TRUST'});
	t.throws(() => standing({approvals, bundleSignature: 'nonsense'}), {
		message: /was changed after it was signed/,
	});
});

const badTrust: Readonly<Record<string, readonly [Readonly<Record<string, string>>, RegExp]>> = {
	'one key in two hands': [
		trustFiles([[lee, ['policy-author', 'policy-approver']]]),
		/has the roles policy-author and policy-approver, which one hand must not hold/,
	],
	'one key under two names': [
		trustFiles([
			[lee, ['policy-author']],
			[{...lee, person: 'other@example.test'}, ['waiver-approver']],
		]),
		/the key key-1 has the roles/,
	],
	'one person with two keys': [
		trustFiles([
			[eve, ['policy-author']],
			[dana, ['policy-approver']],
		]),
		/^trust\.yaml:\d+: dana@example\.test has the roles/,
	],
	'a role that there is not': [trustFiles([[lee, ['boss']]]), /roles\.0 is one of policy-author/],
	'a key that is not there': [
		{'trust.yaml': keys['trust.yaml'] ?? ''},
		/the file key-0\.pub of the key key-0 is not/,
	],
	'a private key': [
		{
			...keys,
			'key-0.pub': lee.key.export({type: 'pkcs8', format: 'pem'}).toString(),
		},
		/is not the PEM of an ECDSA P-256 public key/,
	],
};

for (const [name, [trust, words]] of Object.entries(badTrust)) {
	test(`a trust file with ${name} is refused`, t => {
		const error = t.throws(() => standing({keys: trust}), {instanceOf: PolicyError});

		t.regex(error.message, words);
		t.false(error.message.includes('PRIVATE'));
	});
}

test('a waiver holds from its first moment to its last', async t => {
	const waivers = await signedFiles('w', waiverOf(), sam);
	const at = (moment: string): string => standing({waivers}, soc2, new Date(moment)).waivers[0]?.state ?? '';

	t.is(at('2026-12-31T23:59:59Z'), 'early');
	t.is(at('2027-01-15T12:00:00Z'), 'valid');
	t.is(at('2027-03-30T23:59:59.999Z'), 'valid');
	t.is(at('2027-03-31T00:00:00Z'), 'expired');
});

test('a waiver lasts no longer than the bundle lets its severity last', async t => {
	const lasting = async (rule: string, expiresAt: string, bundle = soc2) => {
		const waivers = await signedFiles('w', waiverOf({rule, expiresAt}), sam);
		return standing({waivers}, bundle).waivers[0];
	};

	t.is((await lasting('secret-no-env', '2027-01-15T00:00:00Z'))?.state, 'expired');
	t.regex(
		(await lasting('secret-no-env', '2027-01-16T00:00:00Z'))?.message ?? '',
		/lasts 15 days, .* may last 14/,
	);
	t.is((await lasting('image-user-non-root', '2027-04-01T00:00:00Z'))?.state, 'valid');
	t.is((await lasting('image-user-non-root', '2027-04-02T00:00:00Z'))?.state, 'invalid');
	t.is((await lasting('image-user-non-root', '2027-04-01T00:00:00Z', strict))?.state, 'invalid');
});

test('a waiver counts only with the signature of a waiver approver', async t => {
	for (const hand of [lee, dana, eve, handOf('sam@example.test')]) {
		const waivers = await signedFiles('w', waiverOf(), hand);
		t.is(standing({waivers}).waivers[0]?.state, 'invalid');
	}

	const byKim = await signedFiles('w', waiverOf({approvedBy: 'kim@example.test'}), kim);
	t.is(standing({waivers: byKim}).waivers[0]?.state, 'valid');
	const nothingInstead = await signedFiles(
		'w',
		waiverOf({compensating: [{description: 'We look at it.'}]}),
		sam,
	);
	t.regex(
		standing({waivers: nothingInstead}).waivers[0]?.message ?? '',
		/names no control or rule that holds instead/,
	);
});

const badWaivers: Readonly<Record<string, readonly [Parameters<typeof waiverOf>[0], RegExp]>> = {
	'no scope': [{scope: {}}, /spec\.scope names services, fingerprints or imageDigests/],
	'everything in scope': [{scope: {services: ['*']}}, /scope\.services\.0 names one thing/],
	'a pattern in scope': [{scope: {services: ['legacy-*']}}, /a pattern would waive what nobody looked at/],
	'only an environment in scope': [
		{scope: {environments: ['prod']}},
		/a waiver of everything is no exception/,
	],
	'an empty list in scope': [{scope: {services: []}}, /is a list of 1 to 64 entries/],
	'nothing that holds instead': [{compensating: []}, /spec\.compensating is a list of 1 to 16/],
	'a rule that nobody knows': [
		{rule: 'base-no-mutable-tags'},
		/"base-no-mutable-tags" is not a control or rule/,
	],
	'its requester as approver': [
		{requestedBy: 'sam@example.test'},
		/sam@example\.test asked for this waiver; somebody else approves it/,
	],
	'an end before its beginning': [
		{expiresAt: '2026-12-31T00:00:00Z'},
		/expiresAt is after spec\.effectiveFrom/,
	],
	'an end without a zone': [{expiresAt: '2027-03-31T00:00:00'}, /expiresAt is a moment such as/],
};

for (const [name, [wish, words]] of Object.entries(badWaivers)) {
	test(`a waiver with ${name} is refused with its line`, t => {
		const text = stringify(waiverOf(wish));

		const error = t.throws(() => readWaiver(openYaml(text, 'w.yaml')), {instanceOf: PolicyError});

		t.regex(error.message, words);
		t.regex(error.message, /^w\.yaml:\d+: /);
	});
}

test('a waiver without an end, or with a key that nobody knows, is refused', t => {
	const document = waiverOf() as {readonly spec: Readonly<Record<string, unknown>>};
	const {expiresAt: _end, ...endless} = document.spec;
	const wrong = (spec: unknown) => () => readWaiver(openYaml(stringify({...document, spec}), 'w.yaml'));

	t.throws(wrong(endless), {message: /spec\.expiresAt is missing/});
	t.throws(wrong({...document.spec, forever: true}), {message: /"forever" is not a key of spec/});
	t.throws(wrong({...document.spec, reason: 'because'}), {message: /reason is a sentence of 20/});
});

test('an approval by its author, or for longer than a year, is refused', t => {
	const wrong = (author: string, reviewBy: string) => () =>
		readApproval(openYaml(stringify(approvalOf(soc2, {...people, author}, {reviewBy})), 'a.yaml'));

	t.notThrows(wrong('lee@example.test', '2027-12-01T00:00:00Z'));
	t.throws(wrong('dana@example.test', '2027-12-01T00:00:00Z'), {message: /wrote this bundle; somebody else/});
	t.throws(wrong('lee@example.test', '2027-12-03T00:00:00Z'), {message: /at most a year after/});
	t.throws(wrong('lee@example.test', '2026-01-01T00:00:00Z'), {message: /reviewBy is after/});
});

test('a document that cannot be read waives nothing, and is told', async t => {
	const good = await signedFiles('a', waiverOf(), sam);
	const {waivers, problems} = standing({waivers: {...good, 'b.yaml': 'kind: Waiver\n', 'c.yaml': ': ['}});

	t.is(waivers.length, 1);
	t.is(problems.length, 2);
	t.regex(problems[0] ?? '', /^waivers\/b\.yaml/);
});
