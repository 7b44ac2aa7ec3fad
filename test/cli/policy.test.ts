import {readFileSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {parse} from 'yaml';
import {documentDigest} from '../../proto/signed-document.ts';
import {builtIn} from '../helpers/bundle.ts';
import {folderWith, typed} from '../helpers/typed.ts';

// What an organisation types to make its policies, and what it gets.

const baseline = documentDigest(builtIn('baseline').document);
const acme = `apiVersion: sallyport.dev/v1
kind: PolicyBundle
metadata: {name: acme, version: 1.0.0, owner: security@example.test}
spec:
  extends: [{name: baseline, digest: "${baseline}"}]
  approval: {required: true}
  rules:
    base-approved-source: {enforcement: error, params: {allow: ["docker.io/library/*", debian]}}
  own:
    - id: x-no-curl
      title: No curl
      severity: medium
      enforcement: error
      message: Write ADD --checksum in place of curl.
      match: {instruction: RUN, command: curl}
`;
const people = ['--approver', 'dana@example.test=Dana', '--author', 'lee@example.test=Lee'];

interface Organisation {
	path(name: string): string;
	readonly bundle: string;
}

/** A bundle, and keys of everybody who has to do with it. */
async function organisation(t: ExecutionContext): Promise<Organisation> {
	const path = folderWith(t, {
		'policies/bundles/acme.yaml': acme,
		'policies/keys/trust.yaml': `apiVersion: sallyport.dev/v1
kind: TrustRoot
spec:
  keys:
    - {name: lee, person: lee@example.test, roles: [policy-author]}
    - {name: dana, person: dana@example.test, roles: [policy-approver]}
    - {name: sam, person: sam@example.test, roles: [waiver-approver]}
`,
		'policies/approvals/README': '',
		'policies/waivers/README': '',
	});
	for (const name of ['lee', 'dana', 'sam']) {
		await typed(['keys', 'new', '--name', name, '--out', path('policies/keys')]);
	}

	return {path, bundle: path('policies/bundles/acme.yaml')};
}

test('keys new makes a pair that only its owner can read, and never shows it', async t => {
	const path = folderWith(t, {});
	const args = ['keys', 'new', '--name', 'dana', '--out', path('keys'), '--person', 'dana@example.test'];

	const {code, out, err} = await typed(args);
	const again = await typed(args);

	t.is(code, 0, err);
	t.is(statSync(path('keys/dana.key')).mode & 0o777, 0o600);
	t.regex(readFileSync(path('keys/dana.key'), 'utf8'), /^-----BEGIN PRIVATE KEY-----/);
	t.regex(readFileSync(path('keys/dana.pub'), 'utf8'), /^-----BEGIN PUBLIC KEY-----/);
	const secret = readFileSync(path('keys/dana.key'), 'utf8').split('\n')[1] ?? 'none';
	t.false(out.includes(secret));
	t.regex(out, /- \{name: dana, person: dana@example\.test, roles: \[policy-approver\]\}/);
	t.is(again.code, 2);
	t.regex(again.err, /dana\.key is there already/);
});

test('a bundle is signed, approved, and shown with who approved it', async t => {
	const {path, bundle} = await organisation(t);

	const before = await typed(['policy', 'show', bundle]);
	const signed = await typed(['policy', 'sign', bundle, '--key', path('policies/keys/lee.key')]);
	const approved = await typed([
		'policy',
		'approve',
		bundle,
		'--key',
		path('policies/keys/dana.key'),
		...people,
	]);
	const after = await typed(['policy', 'show', bundle, '--json']);

	t.regex(before.out, /approval +asked for, by one person; unapproved: /);
	t.is(signed.code, 0, signed.err);
	t.is(approved.code, 0, approved.err);
	t.regex(approved.out, /approvals\/acme-1\.0\.0-dana-example-test\.yaml: approved acme 1\.0\.0/);
	const shown = JSON.parse(after.out) as {
		readonly approval: {readonly state: string};
		readonly digest: string;
	};
	t.is(shown.approval.state, 'approved');
	t.is(shown.digest, documentDigest(parse(acme)));
});

test('a bundle that was changed after it was signed is refused', async t => {
	const {path, bundle} = await organisation(t);
	await typed(['policy', 'sign', bundle, '--key', path('policies/keys/lee.key')]);
	const {writeFileSync} = await import('node:fs');
	writeFileSync(bundle, acme.replace('1.0.0, owner', '1.0.1, owner'));

	const {code, err} = await typed(['policy', 'show', bundle]);

	t.is(code, 2);
	t.regex(err, /acme\.yaml has a signature, and it is no policy author's over this text/);
});

test('nobody approves their own bundle', async t => {
	const {path, bundle} = await organisation(t);
	const key = ['--key', path('policies/keys/dana.key')];

	const {code, err} = await typed([
		'policy',
		'approve',
		bundle,
		...key,
		'--approver',
		'lee@x',
		'--author',
		'lee@x',
	]);

	t.is(code, 2);
	t.regex(err, /lee@x wrote this bundle; somebody else approves it/);
});

test('a key that others may read signs nothing', async t => {
	const {path, bundle} = await organisation(t);
	const {chmodSync} = await import('node:fs');
	chmodSync(path('policies/keys/dana.key'), 0o644);

	const {code, err} = await typed([
		'policy',
		'approve',
		bundle,
		'--key',
		path('policies/keys/dana.key'),
		...people,
	]);

	t.is(code, 2);
	t.regex(err, /may be read by others than its owner/);
	t.false(err.includes('PRIVATE'));
});

const waive = (path: (name: string) => string, bundle: string): readonly string[] => [
	...['policy', 'waive', 'image-user-non-root', '--policy', bundle, '--key', path('policies/keys/sam.key')],
	...['--approver', 'sam@example.test', '--requested-by', 'lee@example.test', '--id', 'W-2027-001'],
	...['--reason', 'The vendor image has to start as root.'],
	...['--instead', 'base-approved-source=Only images that we looked at'],
];

test('a waiver is for one finding, and for no other', async t => {
	const {path, bundle} = await organisation(t);
	const folder = folderWith(t, {
		Dockerfile: 'FROM debian:12\n\nUSER root\nCMD ["x"]\n',
		'Other.Dockerfile': 'FROM debian:12\nUSER 0\nCMD ["x"]\n',
		'Moved.Dockerfile': 'FROM debian:12\n# moved\nUSER   root\nCMD ["x"]\n',
	});
	const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);

	const made = await typed([
		...waive(path, bundle),
		'--until',
		until,
		'--finding',
		`${folder('Dockerfile')}:3`,
	]);
	const results = await Promise.all(
		['Dockerfile', 'Other.Dockerfile', 'Moved.Dockerfile'].map(async name => {
			const {out} = await typed(['check', folder(name), '--policy', bundle, '--format', 'json']);
			const {controls} = JSON.parse(out) as {
				readonly controls: readonly {readonly control: string; readonly result: string}[];
			};
			return controls.find(({control}) => control === 'image-user-non-root')?.result;
		}),
	);

	t.is(made.code, 0, made.err);
	t.deepEqual(results, ['waived', 'fail', 'waived']);
	t.is(dirname(made.out.split(':')[0] ?? ''), path('policies/waivers'));
});

test('a waiver that would not count is not made', async t => {
	const {path, bundle} = await organisation(t);
	const until = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
	const ask = (...more: readonly string[]) => typed([...waive(path, bundle), ...more]);

	const long = await ask('--until', until(200), '--service', 'web');
	const wide = await ask('--until', until(10), '--service', '*');
	const bare = await ask('--until', until(10));
	const own = await ask('--until', until(10), '--service', 'web', '--requested-by', 'sam@example.test');
	const nothing = await ask('--until', until(10), '--finding', `${bundle}:1`);

	t.regex(long.err, /lasts 2\d\d days, and .* lets a waiver of image-user-non-root last 180/);
	t.regex(wide.err, /a pattern would waive what nobody looked at/);
	t.regex(bare.err, /spec\.scope names services/);
	t.regex(own.err, /asked for this waiver; somebody else approves it/);
	t.deepEqual(
		[long, wide, bare, own, nothing].map(({code}) => code),
		[2, 2, 2, 2, 2],
	);
});

test('diff tells what is stricter and what is laxer, and fails for the second', async t => {
	const path = folderWith(t, {'acme.yaml': acme});

	const up = await typed(['policy', 'diff', 'baseline', path('acme.yaml')]);
	const down = await typed(['policy', 'diff', 'soc2', 'baseline', '--json']);

	t.is(up.code, 0, up.err);
	t.regex(up.out, /^baseline 0\.1\.0 → acme 1\.0\.0\n/);
	t.regex(up.out, /\+ base-approved-source {2}enforcement: warn → error/);
	t.regex(up.out, /\+ x-no-curl {2}enforcement: \(none\) → error/);
	t.regex(up.out, /, 0 laxer/);
	t.is(down.code, 1);
	const {differences} = JSON.parse(down.out) as {
		readonly differences: readonly {readonly direction: string}[];
	};
	t.true(differences.some(({direction}) => direction === 'weaker'));
});

test('test compares what is found with what the Dockerfiles expect', async t => {
	const path = folderWith(t, {
		'acme.yaml': acme,
		'good/Dockerfile':
			'# expect: x-no-curl error line 3\nFROM debian:12\nRUN curl -O https://x\n# expect no: no-sudo\n',
		'bad/Dockerfile.a': 'FROM debian:12\nRUN curl -O https://x\n',
		'bad/b.Dockerfile': '# expect: x-no-curl\nFROM debian:12\n',
		'wrong/Dockerfile': '# expect x-no-curl\nFROM debian:12\n',
		'none/readme.txt': '',
	});
	const judge = (name: string) => typed(['policy', 'test', path(name), '--policy', path('acme.yaml')]);

	const [good, bad, wrong, none] = await Promise.all(['good', 'bad', 'wrong', 'none'].map(judge));

	t.is(good?.code, 0, good?.out);
	t.is(bad?.code, 1);
	t.regex(bad?.out ?? '', /found and not expected: x-no-curl error line 2/);
	t.regex(bad?.out ?? '', /expected and not found: x-no-curl/);
	t.regex(wrong?.err ?? '', /Dockerfile:1: an expectation is written/);
	t.regex(none?.err ?? '', /There is no Dockerfile in/);
	t.deepEqual([wrong?.code, none?.code], [2, 2]);
});

test('export writes the approved images for BuildKit', async t => {
	const path = folderWith(t, {'acme.yaml': acme});

	const json = await typed(['policy', 'export', path('acme.yaml'), '--source-policy']);
	const rego = await typed(['policy', 'export', path('acme.yaml'), '--source-policy', '--format', 'rego']);
	const none = await typed(['policy', 'export', 'baseline', '--source-policy']);

	const {rules} = JSON.parse(json.out) as {
		readonly rules: readonly {readonly action: string; readonly selector: {readonly identifier: string}}[];
	};
	t.deepEqual(
		rules.map(({action, selector}) => `${action} ${selector.identifier}`),
		[
			'DENY docker-image://*',
			'ALLOW docker-image://docker.io/library/*',
			'ALLOW docker-image://docker.io/library/debian',
			'ALLOW docker-image://docker.io/library/debian:*',
			'ALLOW docker-image://docker.io/library/debian@*',
			'ALLOW docker-image://docker.io/sallyport/*',
		],
	);
	t.regex(rego.out, /"docker\.io\/library\/\*\*",/);
	t.is(none.code, 2);
	t.regex(none.err, /lists no approved images/);
});

test('what is typed wrongly is one sentence', async t => {
	for (const args of [
		['policy', 'shows'],
		['policy', 'show'],
		['policy', 'show', 'nowhere'],
		['policy', 'show', './nowhere.yaml'],
		['policy', 'show', 'soc2', '--at', 'tomorrow'],
		['policy', 'diff', 'soc2'],
		['policy', 'approve', 'soc2'],
		['policy', 'waive'],
		['policy', 'schema', 'nothing'],
		['policy', 'sign', 'x'],
		['keys'],
		['keys', 'old'],
		['keys', 'new', '--name', '../x'],
	]) {
		const {code, err} = await typed(args);

		t.is(code, 2, args.join(' '));
		t.regex(err, /^sallyport (?:policy|keys): [^\n]+\n$/, args.join(' '));
	}

	t.is((await typed(['policy', '--help'])).code, 0);
});
