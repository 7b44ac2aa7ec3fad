import test from 'ava';
import {type Circumstances, examine, openDockerfile} from '../../frontend/examine.ts';
import {failing} from '../../frontend/explain.ts';
import {noProject} from '../../frontend/project.ts';
import {fingerprintOf} from '../../frontend/waive.ts';
import type {Bundle} from '../../policies/bundle.ts';
import {standingOf} from '../../policies/standing.ts';
import {
	documentDigest,
	isDocumentSignedBy,
	fingerprintOf as keyFingerprint,
} from '../../proto/signed-document.ts';
import {builtIn} from '../helpers/bundle.ts';
import {handOf, signedFiles, trustFiles, type WaiverWish, waiverOf} from '../helpers/policy-documents.ts';

// What a waiver does to what was found.

const sam = handOf('sam@example.test');
const now = new Date('2027-01-15T12:00:00Z');
const keys = new Map(Object.entries(trustFiles([[sam, ['waiver-approver']]])));
const seals = {fingerprintOf: keyFingerprint, isSignedBy: isDocumentSignedBy};

async function bundleWith(name: string, wish: WaiverWish, at = now): Promise<Bundle> {
	const bundle = builtIn(name);
	const waivers = new Map(Object.entries(await signedFiles('w', waiverOf(wish), sam)));
	const files = {keys, approvals: new Map<string, string>(), waivers};
	const standing = standingOf(bundle, documentDigest(bundle.document), files, {seals, now: at});
	return {...bundle, standing};
}

function opened(dockerfile: string) {
	return openDockerfile({
		file: 'Dockerfile',
		bytes: new TextEncoder().encode(dockerfile),
		target: undefined,
		buildArgs: new Map(),
		contexts: new Set(),
	});
}

function judged(dockerfile: string, bundle: Bundle, more: Partial<Circumstances> = {}) {
	return examine(opened(dockerfile), {
		bundle,
		project: noProject,
		images: new Map(),
		proxy: 'none',
		isOffline: false,
		contextFiles: undefined,
		...more,
	});
}

const LATEST =
	'FROM debian:latest\nLABEL org.opencontainers.image.title="legacy-edge"\nUSER 1000\nCMD ["x"]\n';
const userHolds = [{description: 'It runs as nobody in particular', rule: 'image-user-non-root'}];

test('a failure that is waived keeps its raw result, and says by what and until when', async t => {
	const {findings, verdict} = judged(LATEST, await bundleWith('baseline', {compensating: userHolds}));

	const waived = findings.find(({rule}) => rule === 'no-latest-tag');
	t.like(waived, {
		result: 'waived',
		raw: 'fail',
		waiver: {id: 'W-2027-014', until: '2027-03-31T00:00:00Z'},
	});
	t.regex(waived?.message ?? '', /The waiver W-2027-014 covers this until 2027-03-31T00:00:00Z\.$/);
	t.is(verdict.checks.find(({control}) => control === 'base-no-mutable-tag')?.result, 'waived');
	t.is(verdict.counts.waived, 1);
});

test('a waiver is void while what is to hold instead does not', async t => {
	const root = LATEST.replace('USER 1000', 'USER 0');

	const {findings} = judged(root, await bundleWith('baseline', {compensating: userHolds}));

	t.is(findings.find(({rule}) => rule === 'no-latest-tag')?.result, 'fail');
	t.regex(
		findings.find(({rule}) => rule === 'valid-exceptions')?.message ?? '',
		/W-2027-014 .* is void: image-user-non-root, which was to hold instead, does not\. So what no-latest-tag found/,
	);
});

test('a waiver for another service, or for an image at run time, means nothing here', async t => {
	for (const scope of [{services: ['other']}, {imageDigests: [`sha256:${'a'.repeat(64)}`]}]) {
		const {findings} = judged(LATEST, await bundleWith('baseline', {scope, compensating: userHolds}));

		t.is(findings.find(({rule}) => rule === 'no-latest-tag')?.result, 'fail');
		t.false(findings.some(({rule}) => rule === 'valid-exceptions'));
	}
});

test('the last label is what an image says it is', async t => {
	const renamed = LATEST.replace('USER', 'LABEL org.opencontainers.image.title=other\nUSER');

	const {findings} = judged(renamed, await bundleWith('baseline', {compensating: userHolds}));

	t.is(findings.find(({rule}) => rule === 'no-latest-tag')?.result, 'fail');
});

test('a fingerprint outlives layout and place, and ends with the text', t => {
	const of = (dockerfile: string, line: number): string =>
		fingerprintOf({rule: 'no-latest-tag', place: {file: 'Dockerfile', line}}, opened(dockerfile));
	const first = of('FROM debian:latest\n', 1);

	t.is(of('# a comment\n\nFROM   debian:latest\n', 3), first);
	t.not(of('FROM debian:latest AS x\n', 1), first);
	t.not(
		fingerprintOf(
			{rule: 'tagged-base', place: {file: 'Dockerfile', line: 1}},
			opened('FROM debian:latest\n'),
		),
		first,
	);
});

test('where what nobody could look at stops a build, a waiver covers that as well', async t => {
	const compensating = [{description: 'The registry scans every night', rule: 'image-user-non-root'}];
	const dates = {effectiveFrom: '2027-01-10T00:00:00Z', expiresAt: '2027-02-01T00:00:00Z'};
	const scope = {services: ['legacy-edge']};
	const waived = await bundleWith('soc2-strict', {
		rule: 'image-vuln-threshold',
		scope,
		compensating,
		...dates,
	});
	const stopping = (bundle: Bundle) =>
		failing(judged(LATEST, bundle).findings, 'error').map(({rule, result}) => `${rule} ${result}`);

	t.true(stopping(builtIn('soc2-strict')).includes('no-known-vulnerabilities not-evaluated'));
	t.false(stopping(waived).includes('no-known-vulnerabilities not-evaluated'));
	t.false(stopping(builtIn('soc2')).includes('no-known-vulnerabilities not-evaluated'));
	const told = failing(judged(LATEST, builtIn('soc2')).findings, 'warn').map(({rule}) => rule);
	t.true(told.includes('no-known-vulnerabilities'));
	const quiet = failing(judged(LATEST, builtIn('baseline')).findings, 'warn').map(({rule}) => rule);
	t.false(quiet.includes('no-known-vulnerabilities'));
});

test('an ignore at level error is a request, and no waiver', t => {
	const dockerfile = `# sallyport ignore=no-latest-tag reason="we like it"\n${LATEST}`;

	const {findings} = judged(dockerfile, builtIn('soc2'));

	const found = findings.find(({rule}) => rule === 'no-latest-tag');
	t.like(found, {result: 'fail', level: 'error'});
	t.regex(found?.message ?? '', /only a signed waiver does that/);
});
