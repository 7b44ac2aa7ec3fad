import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {parseEngineInfo} from '../../daemon/docker/engine-info.ts';
import {readClock, usualSources} from '../../daemon/host/clock.ts';
import {readKeyFiles} from '../../daemon/host/keys.ts';
import {outsideIn} from '../../daemon/host/outside.ts';
import {type HostView, hostViewOf} from '../../daemon/host/view.ts';
import {hostProbes} from '../../daemon/probes/host/index.ts';
import type {Subject} from '../../daemon/probes/probe.ts';
import {worstHost} from '../../daemon/probes/worst/host.ts';
import {goodHost, subjectWith} from '../helpers/subject.ts';

type Id = keyof typeof hostProbes;

async function resultsOf(id: Id, changed: Partial<Subject>): Promise<readonly string[]> {
	const findings = await hostProbes[id].probe(subjectWith(changed), AbortSignal.timeout(5000));
	return [...new Set(findings.map(({result}) => result))];
}

const ids = Object.keys(hostProbes) as Id[];

for (const id of ids) {
	test(`${id}: passes on a host that is kept well, and fails on one where everything is wrong`, async t => {
		t.deepEqual(await resultsOf(id, {}), ['pass']);
		t.deepEqual(await resultsOf(id, {host: worstHost, now: new Date('2020-01-02T00:00:00Z')}), ['fail']);
	});
}

const day = 86_400_000;
const now = new Date('2026-06-01T00:00:00Z');
const engine = (changed: object): Partial<Subject> => ({
	host: {...goodHost, engine: async () => ({...(await goodHost.engine()), ...changed})},
});
const record = (changed: object): Partial<Subject> => ({
	now,
	host: {
		...goodHost,
		record: async () => ({broken: undefined, entries: 3, oldestAt: now, anchoredAt: now, ...changed}),
		installedAt: async () => new Date(now.getTime() - 700 * day),
	},
});
const policy = (changed: Partial<HostView['policy']>): Partial<Subject> => ({
	host: {...goodHost, policy: {name: 'own', isApprovalRequired: false, approval: undefined, ...changed}},
});
const keys = (mode: number, isOurs: boolean, ageDays: number): Partial<Subject> => ({
	now,
	host: {
		...goodHost,
		keys: async () =>
			['attestation.key', 'log.key'].map(name => ({
				name,
				mode,
				isOurs,
				writtenAt: new Date(now.getTime() - ageDays * day),
			})),
	},
});
const unapproved = {state: 'unapproved', message: 'none', approvers: []} as const;
const overdue = {state: 'overdue', message: 'late', approvers: []} as const;

const rows: readonly (readonly [Id, string, Partial<Subject>, string])[] = [
	['host-engine-posture', 'a registry without TLS', engine({insecureRegistries: ['10.0.0.0/8']}), 'fail'],
	['host-engine-posture', 'loopback registries alone', engine({insecureRegistries: ['127.0.0.0/8']}), 'pass'],
	['host-engine-posture', 'an engine without seccomp', engine({security: ['apparmor']}), 'fail'],
	['host-engine-posture', 'containers that die with the engine', engine({liveRestore: false}), 'fail'],
	['host-engine-posture', 'a swarm nobody declared', engine({swarm: 'active'}), 'fail'],
	[
		'host-engine-posture',
		'a swarm that the policy declares',
		{...engine({swarm: 'active'}), paramsOf: () => ({swarm: true})},
		'pass',
	],
	['host-engine-posture', 'another warning', engine({warnings: ['WARNING: No swap limit support']}), 'pass'],
	[
		'log-time-sync',
		'a clock nobody tells of',
		{host: {...goodHost, clock: async () => ({state: 'unseen', reason: 'x'})}},
		'not-evaluated',
	],
	['ev-key-custody', 'keys that others may read', keys(0o640, true, 1), 'fail'],
	['ev-key-custody', 'keys of another user', keys(0o600, false, 1), 'fail'],
	['ev-key-custody', 'keys of 364 days', keys(0o600, true, 364), 'pass'],
	['ev-key-custody', 'keys of 366 days', keys(0o600, true, 366), 'fail'],
	[
		'ev-key-custody',
		'keys of 200 days where the policy lets them 180',
		{...keys(0o600, true, 200), paramsOf: () => ({days: 180})},
		'fail',
	],
	['ev-key-custody', 'no state folder', {host: {...goodHost, keys: undefined}}, 'not-evaluated'],
	['ev-key-custody', 'no key in it', {host: {...goodHost, keys: async () => []}}, 'not-evaluated'],
	[
		'ev-retention',
		'a log of 551 days in a folder of 700',
		record({oldestAt: new Date(now.getTime() - 551 * day)}),
		'pass',
	],
	[
		'ev-retention',
		'a log of 500 days in a folder of 700',
		record({oldestAt: new Date(now.getTime() - 500 * day)}),
		'fail',
	],
	[
		'ev-retention',
		'a log of 300 days where the policy asks for 100, which is less than may be asked',
		{...record({oldestAt: new Date(now.getTime() - 300 * day)}), paramsOf: () => ({days: 100})},
		'fail',
	],
	['ev-retention', 'an empty log', record({oldestAt: undefined}), 'not-evaluated'],
	['ev-retention', 'no log', {host: {...goodHost, record: undefined}}, 'not-evaluated'],
	['ev-log-verifiable', 'a log that was changed', record({broken: 'entry 3 was changed'}), 'fail'],
	[
		'ev-log-verifiable',
		'a whole log that nobody keeps elsewhere',
		record({anchoredAt: undefined}),
		'not-evaluated',
	],
	[
		'ev-log-verifiable',
		'a checkpoint of two days',
		record({anchoredAt: new Date(now.getTime() - 2 * day)}),
		'fail',
	],
	['gov-policy-approved', 'a policy that asks for no approval', policy({}), 'not-applicable'],
	[
		'gov-policy-approved',
		'no approval where one is not asked for',
		policy({approval: unapproved}),
		'not-applicable',
	],
	['gov-policy-approved', 'an approval that ran out', policy({approval: overdue}), 'fail'],
	['gov-policy-approved', 'none where one is asked for', policy({isApprovalRequired: true}), 'fail'],
];

for (const [id, title, changed, expected] of rows) {
	test(`${id}: ${title}: ${expected}`, async t => {
		t.deepEqual(await resultsOf(id, changed), [expected]);
	});
}

// ---- what the engine says

test('of the engine only what is known is taken, and what is missing is taken for worse', t => {
	const nothing = parseEngineInfo(undefined);
	t.false(nothing.liveRestore);
	t.deepEqual(nothing.security, []);
	t.is(nothing.interContainer, undefined);

	const hostile = parseEngineInfo({
		SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless', 7, '\u001B[31m'],
		Warnings: Array.from({length: 10_000}, () => 'x'.repeat(100_000)),
		RegistryConfig: {
			InsecureRegistryCIDRs: ['127.0.0.0/8', null],
			IndexConfigs: {
				a: {Name: 'plain.example:5000', Secure: false},
				b: {Name: 'docker.io', Secure: true},
				c: 1,
			},
		},
	});
	t.deepEqual(hostile.security.slice(0, 2), ['seccomp', 'rootless']);
	t.true(hostile.warnings.length <= 64 && (hostile.warnings[0] ?? '').length <= 300);
	t.deepEqual(hostile.insecureRegistries, ['127.0.0.0/8', '', 'plain.example:5000']);
});

// ---- the clock

function folder(t: ExecutionContext): string {
	const path = mkdtempSync(join(tmpdir(), 'sallyport-clock-'));
	t.teardown(() => rmSync(path, {recursive: true, force: true}));
	return path;
}

/** A time service on loopback that answers each datagram with what the test says. */
async function service(t: ExecutionContext, answer: (asked: Buffer) => Buffer | undefined): Promise<number> {
	const socket = createSocket('udp4');
	socket.on('message', (asked, {port, address}) => {
		const said = answer(asked);
		if (said !== undefined) {
			socket.send(said, port, address);
		}
	});
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	t.teardown(() => socket.close());
	return socket.address().port;
}

const nowhere = {...usualSources, marker: '/nowhere/synchronized', chronyPort: 1, ntpPort: 1};

test('timesyncd keeps the clock while its file is younger than a day', async t => {
	const marker = join(folder(t), 'synchronized');
	writeFileSync(marker, '');

	t.deepEqual(await readClock({...nowhere, marker}), {state: 'synchronised', by: 'systemd-timesyncd'});
	const old = (Date.now() - 2 * day) / 1000;
	utimesSync(marker, old, old);
	t.like(await readClock({...nowhere, marker}), {state: 'adrift', by: 'systemd-timesyncd'});
});

/** An answer of chrony to a tracking request, as far as it is read. */
function tracking(leap: number, correction: number): Buffer {
	const answer = Buffer.alloc(104);
	answer.writeUInt8(6, 0);
	answer.writeUInt8(2, 1);
	answer.writeUInt16BE(33, 4);
	answer.writeUInt16BE(5, 6);
	answer.writeUInt16BE(leap, 54);
	answer.writeUInt32BE(correction, 68);
	return answer;
}

test('chrony is asked without privileges, and its own number format is read', async t => {
	// 0.5 is 2^23 at exponent 2 - 25 + … : coefficient 2^23 with exponent 1 gives 2^23 × 2^(1 - 25) = 0.5.
	const half = (1 << 25) | (2 ** 23);
	const cases: readonly (readonly [number, number, object])[] = [
		[0, 0, {state: 'synchronised', by: 'chrony', offsetMs: 0}],
		[0, half, {state: 'synchronised', by: 'chrony', offsetMs: 500}],
		[0, ((3 << 25) | (2 ** 23)) >>> 0, {state: 'adrift', by: 'chrony', offsetMs: 2000}],
		[3, 0, {state: 'adrift', by: 'chrony', offsetMs: 0}],
	];
	for (const [leap, correction, expected] of cases) {
		const chronyPort = await service(t, asked => {
			t.is(asked.length, 104);
			return tracking(leap, correction);
		});
		t.like(await readClock({...nowhere, chronyPort}), expected);
	}
});

test('an NTP server on this host says whether it is synchronised; one that answers another question is not heard', async t => {
	const ntp = (leap: number, isOurs: boolean) => (asked: Buffer) => {
		const answer = Buffer.alloc(48);
		answer.writeUInt8((leap << 6) | (4 << 3) | 4, 0);
		asked.copy(answer, 24, 40, 48);
		if (!isOurs) {
			answer.writeUInt8(255, 24);
		}

		return answer;
	};

	t.like(await readClock({...nowhere, ntpPort: await service(t, ntp(0, true))}), {
		state: 'synchronised',
		by: 'NTP',
	});
	t.like(await readClock({...nowhere, ntpPort: await service(t, ntp(3, true))}), {
		state: 'adrift',
		by: 'NTP',
	});
	t.like(await readClock({...nowhere, ntpPort: await service(t, ntp(0, false))}), {state: 'unseen'});
});

test('silence, closed ports and nonsense are no time service, and cost less than a second', async t => {
	const silent = await service(t, () => undefined);
	const nonsense = await service(t, () => Buffer.from('hello'));
	const began = performance.now();

	t.like(await readClock(nowhere), {state: 'unseen'});
	t.like(await readClock({...nowhere, chronyPort: silent, ntpPort: silent}), {state: 'unseen'});
	t.like(await readClock({...nowhere, chronyPort: nonsense, ntpPort: nonsense}), {state: 'unseen'});
	t.true(performance.now() - began < 3000);
});

// ---- the rest of the host

test('facts of a host are looked up once for everybody who asks in a minute, and a failure is not kept', async t => {
	let asked = 0;
	const host = hostViewOf({
		engine: async () => {
			asked += 1;
			if (asked === 1) {
				throw new Error('not now');
			}

			return goodHost.engine();
		},
		state: undefined,
		record: undefined,
		policy: () => goodHost.policy,
		clock: goodHost.clock,
	});

	await t.throwsAsync(host.engine());
	await Promise.all([host.engine(), host.engine(), host.engine()]);

	t.is(asked, 2);
});

test('of several engines each is asked for itself', async t => {
	const asked: (string | undefined)[] = [];
	const host = hostViewOf({
		engine: async (_, address) => {
			asked.push(address);
			return {...(await goodHost.engine()), version: address ?? 'first'};
		},
		state: undefined,
		record: undefined,
		policy: () => goodHost.policy,
	});

	const versions = await Promise.all([host.engine('a'), host.engine('b'), host.engine('a'), host.engine()]);

	t.deepEqual(
		versions.map(({version}) => version),
		['a', 'b', 'a', 'first'],
	);
	t.is(asked.length, 3);
});

test('key files are seen from outside: modes and owner, never what is in them', async t => {
	const path = folder(t);
	writeFileSync(join(path, 'log.key'), 'secret', {mode: 0o600});

	const found = await readKeyFiles(path);

	t.like(found, [{name: 'log.key', mode: 0o600, isOurs: true}]);
	t.false(JSON.stringify(found).includes('secret'));
});

test('a checkpoint is kept outside once, read back, and one of another tree is told', async t => {
	const path = folder(t);
	const outside = outsideIn(path);
	t.is(outside.keptAt(), undefined);

	await outside.keep({size: 3, note: 'example.org/log\n3\nroot\n\n— signature one\n'});
	await outside.keep({size: 3, note: 'example.org/log\n3\nroot\n\n— signature two\n'});

	t.deepEqual(readdirSync(path), ['checkpoint-000000000003']);
	t.regex(readFileSync(join(path, 'checkpoint-000000000003'), 'utf8'), /signature one/);
	t.true(outside.keptAt() instanceof Date);
	await t.throwsAsync(outside.keep({size: 3, note: 'example.org/log\n3\nother\n\n— x\n'}), {
		message: /about another tree of 3 entries/,
	});
});
