import test from 'ava';
import fc from 'fast-check';
import {type BuildGate, buildGateOf, readBuildGate} from '../../proto/build-gate.ts';
import {type BuildRecord, readBuildRecord, sealBuildRecord} from '../../proto/build-record.ts';
import {digestOf} from '../../proto/digest.ts';
import {ProtoError} from '../../proto/error.ts';
import {isTicket} from '../../proto/labels.ts';
import {predicateTypes, STATEMENT_TYPE, type Statement} from '../../proto/statement.ts';
import {goodRecord} from '../helpers/image-archive.ts';

const full: BuildRecord = {
	...goodRecord,
	engine: {package: 'github.com/moby/buildkit', version: 'v0.25.1'},
	policy: {...goodRecord.policy, approval: {state: 'approved', by: ['dana@example.com']}},
	proxy: {
		image: 'sallyport/proxy-nginx:1',
		configDigest: digestOf('conf'),
		trees: [{platform: 'linux/amd64', config: digestOf('config'), layers: [digestOf('layer')]}],
	},
	bypass: {ticket: 'OPS-4711'},
};

function statementOf(
	record: BuildRecord,
	recordDigest = sealBuildRecord(record).digest,
): Statement<BuildGate> {
	const counts = {pass: 1, fail: 0, fixed: 0, waived: 0, notApplicable: 0, notEvaluated: 0, error: 0};
	return {
		_type: STATEMENT_TYPE,
		subject: [{name: 'app', digest: {sha256: '0'.repeat(64)}}],
		predicateType: predicateTypes.buildGate,
		predicate: buildGateOf(
			{record, recordDigest, contractDigest: digestOf('contract')},
			{
				verifier: {id: 'https://sallyport.dev/frontend/v1', version: '0.1.0'},
				policy: {name: 'baseline', digest: {sha256: '0'.repeat(64)}},
				verdict: 'pass',
				counts,
				checks: [],
			},
		),
	};
}

const plain = (statement: Statement<BuildGate>): Statement =>
	JSON.parse(JSON.stringify(statement)) as Statement;

test('a record with everything in it reads back as it was sealed', t => {
	t.deepEqual(readBuildRecord(sealBuildRecord(full).bytes), full);
});

test('what a build attestation says reads back, and without a moment it says none', t => {
	const statement = statementOf(full);

	t.like(readBuildGate(plain(statement)), {
		verdict: 'pass',
		policy: 'baseline',
		ticket: 'OPS-4711',
		record: sealBuildRecord(full).digest,
		contract: digestOf('contract'),
		recorded: full,
	});
	t.false('judgedOn' in statement.predicate);
	t.deepEqual(statement.predicate.build.approval, {state: 'approved', by: ['dana@example.com']});
});

test('a record that is too large for a statement, or whose file was spelled otherwise, is named and not repeated', t => {
	const line = {rule: 'some-rule', result: 'fail', level: 'warn', line: 1} as const;
	const large = {...goodRecord, findings: Array.from({length: 2000}, () => line)};

	t.is(readBuildGate(plain(statementOf(large))).recorded, undefined);
	t.is(readBuildGate(plain(statementOf(full, digestOf('another spelling')))).recorded, undefined);
});

const wrong: Readonly<Record<string, (predicate: Record<string, unknown>) => unknown>> = {
	verdict: predicate => ({...predicate, verdict: 'perfect'}),
	policy: predicate => ({...predicate, policy: undefined}),
	'build.record': predicate => ({...predicate, build: {...(predicate['build'] as object), record: 1}}),
	'build.contract': predicate => ({...predicate, build: {...(predicate['build'] as object), contract: {}}}),
	'build.bypass': predicate => ({
		...predicate,
		build: {...(predicate['build'] as object), bypass: {ticket: 1}},
	}),
	recorded: predicate => ({...predicate, recorded: {...full, verdict: 'fail'}}),
};
for (const [field, change] of Object.entries(wrong)) {
	test(`a statement with a wrong ${field} is refused by name`, t => {
		const statement = plain(statementOf(full));
		const changed = {...statement, predicate: change({...statement.predicate}) as Record<string, unknown>};

		t.throws(() => readBuildGate(changed), {
			instanceOf: ProtoError,
			message: new RegExp(`malformed ${field}$`),
		});
	});
}

test('whatever a statement holds, it is read or refused with a sentence', t => {
	fc.assert(
		fc.property(fc.jsonValue(), fc.jsonValue(), (predicate, recorded) => {
			const statement = {
				...statementOf(full),
				predicate: {...Object(predicate), recorded} as Record<string, unknown>,
			};
			try {
				readBuildGate(statement);
			} catch (error) {
				t.true(error instanceof ProtoError);
			}
		}),
	);
	t.pass();
});

test('a record whose ticket is none is refused', t => {
	for (const ticket of ['', 'a b1', `a1${'x'.repeat(40)}`, 'please', 'OPS-1\n']) {
		t.false(isTicket(ticket));
		const {bytes} = sealBuildRecord({...goodRecord, bypass: {ticket}});
		t.throws(() => readBuildRecord(bytes), {message: /malformed bypass/});
	}
});
