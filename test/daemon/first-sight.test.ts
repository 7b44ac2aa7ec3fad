import test from 'ava';
import {judgeAnew} from '../../daemon/build-gate.ts';
import {DaemonError} from '../../daemon/error.ts';
import type {EventCode} from '../../daemon/event-codes.ts';
import {type FirstSightParts, firstSight} from '../../daemon/first-sight.ts';
import type {BuildGate} from '../../proto/build-gate.ts';
import {type BuildRecord, sealBuildRecord} from '../../proto/build-record.ts';
import {digestOf} from '../../proto/digest.ts';
import {paths} from '../../proto/labels.ts';
import {predicateTypes, type Statement} from '../../proto/statement.ts';
import type {VerificationSummary} from '../../proto/verification-summary.ts';
import {baselineOf} from '../helpers/bundle.ts';
import {contract, subjectWith, target} from '../helpers/subject.ts';

const build: BuildRecord = {
	version: 1,
	frontend: {version: '0.1.0'},
	policy: {name: 'baseline', digest: digestOf('policy')},
	dockerfile: {digest: digestOf('a'), builtDigest: digestOf('b')},
	verdict: 'pass',
	controls: [
		{control: 'base-digest-pinned', result: 'fixed', level: 'warn'},
		{control: 'secret-no-env', result: 'fail', level: 'warn'},
		{control: 'image-user-non-root', result: 'pass', level: 'warn'},
	],
	findings: [
		{rule: 'pinned-base', control: 'base-digest-pinned', result: 'fixed', level: 'warn', line: 1},
		{rule: 'no-secret-names', control: 'secret-no-env', result: 'fail', level: 'warn', tier: 'T2', line: 2},
	],
	repairs: [{rule: 'pinned-base', title: 'pinned', line: 1}],
	bases: [{reference: 'node:24', digest: digestOf('node')}],
};
const sealed = sealBuildRecord(build);
const witness = {
	hostId: 'urn:uuid:00000000-0000-4000-8000-000000000000',
	policy: {name: 'baseline', digest: {sha256: '0'.repeat(64)}},
};

interface Trial {
	readonly statements: Statement<BuildGate>[];
	readonly summaries: Statement<VerificationSummary>[];
	readonly events: EventCode[];
	readonly reads: string[];
	readonly look: ReturnType<typeof firstSight>;
}

function trial(changed: Partial<FirstSightParts> = {}, bytes: Uint8Array = sealed.bytes): Trial {
	const statements: Statement<BuildGate>[] = [];
	const summaries: Statement<VerificationSummary>[] = [];
	const events: EventCode[] = [];
	const reads: string[] = [];
	const look = firstSight({
		engine: {
			readFile: async (_id, path) => {
				reads.push(path);
				return bytes;
			},
		},
		bundle: baselineOf(),
		witness,
		isAttested: async () => false,
		record: async statement => {
			if (isSummary(statement)) {
				summaries.push(statement);
			} else {
				statements.push(statement);
			}

			return {digest: digestOf('envelope')};
		},
		report: event => void events.push(event),
		...changed,
	});
	return {statements, summaries, events, reads, look};
}

function isSummary(
	statement: Statement<BuildGate> | Statement<VerificationSummary>,
): statement is Statement<VerificationSummary> {
	return statement.predicateType === predicateTypes.verificationSummary;
}

const promised = {
	state: 'kept',
	contract: {...contract, record: {digest: sealed.digest}},
	digest: digestOf('contract'),
} as const;
const subject = subjectWith({promised});
const {signal} = new AbortController();

test('the first sight of an image puts its build into the log, judged by this host', async t => {
	const {statements, events, reads, look} = trial();

	await look(subject, signal);

	t.deepEqual(events, ['BUILD_ATTESTED']);
	t.deepEqual(reads, [paths.buildRecord]);
	const [statement] = statements;
	t.is(statement?.predicateType, 'https://sallyport.dev/attestation/build-gate/v1');
	t.deepEqual(
		statement?.subject.map(({digest}) => digest),
		[{sha256: target.image.digest.slice('sha256:'.length)}],
	);
	t.like(statement?.predicate, {
		verdict: 'pass',
		build: {verdict: 'pass', record: {digest: {sha256: sealed.digest.slice('sha256:'.length)}}},
		materials: [{uri: 'node:24'}],
		repairs: [{rule: 'pinned-base', title: 'pinned', line: 1}],
	});
	t.deepEqual(
		statement?.predicate.checks.map(({control, result, level}) => `${control} ${result} ${level}`),
		['base-digest-pinned fixed warn', 'secret-no-env fail warn', 'image-user-non-root pass warn'],
	);
});

test('ten containers of one image that start at once make one statement', async t => {
	const {statements, look} = trial();

	await Promise.all(Array.from({length: 10}, () => look(subject, signal)));
	await look(subject, signal);

	t.is(statements.length, 1);
});

test('an image whose build is in the log already is not read again', async t => {
	const {statements, reads, look} = trial({isAttested: async () => true});

	await look(subject, signal);

	t.deepEqual([statements, reads], [[], []]);
});

test('a record that is not the one the contract names is not attested, and the diary says why', async t => {
	const said: unknown[] = [];
	const {statements, look} = trial(
		{report: (event, data) => void said.push([event, data?.['reason']])},
		sealBuildRecord({...build, verdict: 'fail'}).bytes,
	);

	await look(subject, signal);

	t.is(statements.length, 0);
	t.regex(JSON.stringify(said), /BUILD_NOT_ATTESTED.*build\.json is sha256:.*but the contract says/);
});

test('what could not be read is tried again at the next look', async t => {
	let tries = 0;
	const {statements, events, look} = trial({
		engine: {
			readFile: async () => {
				tries += 1;
				if (tries === 1) {
					throw new DaemonError('DOCKER_UNREACHABLE', 'The engine does not answer');
				}

				return sealed.bytes;
			},
		},
	});

	await look(subject, signal);
	await look(subject, signal);

	t.deepEqual(events, ['BUILD_NOT_ATTESTED', 'BUILD_ATTESTED']);
	t.is(statements.length, 1);
});

test('an image without a record, or with a broken contract, is left to the probe', async t => {
	const {statements, events, look} = trial();

	await look(subjectWith(), signal);
	await look(subjectWith({promised: {state: 'broken', reason: 'the file is gone'}}), signal);

	t.deepEqual([statements, events], [[], []]);
});

test('levels are those of this host: what the build only warned about fails where the host is stricter', t => {
	const strict = baselineOf();
	const bundle = {
		...strict,
		rules: {
			...strict.rules,
			'no-secret-names': {...strict.rules['no-secret-names'], tiers: {T2: 'error' as const}},
		},
	};

	t.is(judgeAnew(build, strict).outcome, 'pass');
	t.is(judgeAnew(build, bundle).outcome, 'fail');
});

test('what was waived at the build counts here, where nobody knows the waiver', t => {
	const waived: BuildRecord = {
		...build,
		controls: [{control: 'proxy-config-valid', result: 'waived', level: 'error'}],
		findings: [{rule: 'valid-plan', control: 'proxy-config-valid', result: 'waived', level: 'error'}],
	};

	t.is(judgeAnew(waived, baselineOf()).outcome, 'fail');
});

test('controls and rules of another version are left out, and break nothing', t => {
	const foreign: BuildRecord = {
		...build,
		controls: [...build.controls, {control: 'of-tomorrow', result: 'fail', level: 'error'}],
		findings: [
			...build.findings,
			{rule: 'of-tomorrow-too', control: 'of-tomorrow', result: 'fail', level: 'error'},
		],
	};

	t.deepEqual(
		judgeAnew(foreign, baselineOf()).checks.map(({control}) => control),
		['base-digest-pinned', 'secret-no-env', 'image-user-non-root'],
	);
});

test('what the record says of its build is in the statement, whole and by its digest', async t => {
	const told: BuildRecord = {
		...build,
		engine: {package: 'github.com/moby/buildkit', version: 'v0.25.1'},
		policy: {...build.policy, approval: {state: 'approved', by: ['dana@example.com']}},
		proxy: {
			image: 'sallyport/proxy-nginx:1',
			configDigest: digestOf('conf'),
			trees: [{platform: 'linux/amd64', config: digestOf('config'), layers: [digestOf('layer')]}],
		},
	};
	const {bytes, digest} = sealBuildRecord(told);
	const {statements, look} = trial({}, bytes);

	await look(subjectWith({promised: {...promised, contract: {...contract, record: {digest}}}}), signal);

	const [statement] = statements;
	t.deepEqual(statement?.predicate.recorded, told);
	t.deepEqual(statement?.predicate.build.engine, told.engine);
	t.deepEqual(statement?.predicate.build.approval, told.policy.approval);
});

test("a summary in SLSA's words goes with it, and claims no level that nobody verified", async t => {
	const {statements, summaries, look} = trial();

	await look(subject, signal);

	const [summary] = summaries;
	t.is(summary?.predicateType, 'https://slsa.dev/verification_summary/v1');
	t.deepEqual(summary?.subject, statements[0]?.subject);
	t.like(summary?.predicate, {
		verificationResult: 'PASSED',
		verifiedLevels: ['SLSA_BUILD_LEVEL_UNEVALUATED'],
		resourceUri: 'docker://example/app:1',
		inputAttestations: [{digest: {sha256: digestOf('envelope').slice('sha256:'.length)}}],
	});
});

test('break-glass never passes, and names its ticket, however mild the policy of this host is', async t => {
	const bypassed: BuildRecord = {...build, bypass: {ticket: 'OPS-4711'}};
	const {bytes, digest} = sealBuildRecord(bypassed);
	const {statements, summaries, look} = trial({}, bytes);

	await look(subjectWith({promised: {...promised, contract: {...contract, record: {digest}}}}), signal);

	t.is(judgeAnew(build, baselineOf()).outcome, 'pass');
	const [statement] = statements;
	t.is(statement?.predicate.verdict, 'fail');
	t.deepEqual(statement?.predicate.build.bypass, {ticket: 'OPS-4711'});
	const emergency = statement?.predicate.checks.find(({control}) => control === 'chg-emergency');
	t.is(emergency?.result, 'fail');
	t.regex(emergency?.message ?? '', /OPS-4711/);
	t.is(summaries[0]?.predicate.verificationResult, 'FAILED');
});

test('what a base was built for by break-glass is told of the image, and decides by the policy of this host', t => {
	const bases = [{reference: 'acme/base:1', ticket: 'OPS-4711'}];
	const verdict = judgeAnew({...build, bases}, baselineOf());

	const emergency = verdict.checks.find(({control}) => control === 'chg-emergency');
	t.is(verdict.outcome, 'pass');
	t.is(emergency?.result, 'fail');
	t.regex(emergency?.findings[0]?.message ?? '', /^acme\/base:1 was built by break-glass for OPS-4711$/);
});
