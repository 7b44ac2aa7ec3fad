import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {run} from '../cli/main.ts';
import {alertRecordOf} from '../daemon/alert-record.ts';
import {type Containing, startContaining} from '../daemon/contain.ts';
import {openConfineDoor} from '../daemon/docker/confine.ts';
import type {Episode} from '../daemon/episode.ts';
import {loadPolicy} from '../daemon/policy.ts';
import {readAlerts} from '../daemon/tell/config.ts';
import type {Notice} from '../daemon/tell/notice.ts';
import {startTelling} from '../daemon/telling.ts';
import {digestOf} from '../proto/digest.ts';
import {documentDigest} from '../proto/signed-document.ts';
import {builtIn, bundleFrom} from './helpers/bundle.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';
import {closedOf, episodeOf} from './helpers/episode.ts';
import {eventually} from './helpers/eventually.ts';
import {approvalOf, handOf, signedFiles, trustFiles} from './helpers/policy-documents.ts';
import {receiver} from './helpers/receiver.ts';
import {startReceivers} from './helpers/receivers.ts';
import {testLog} from './helpers/record.ts';

// People are told through what people have: Debian's Alertmanager and rsyslog. Containers are contained on a real engine.

const hostId = 'urn:uuid:6f2b0f3e-2f55-4c57-9a3b-3d8f1c3f0a11';
const hostile = 'w"]\\ <166>1 \n{{.x}} \u202E$(x)';

test('Alertmanager hears that it begins and that it ends, and rsyslog reads every line over UDP, TCP and a socket', async t => {
	t.timeout(180_000);
	const docker = await openDocker();
	const hook = await receiver(t);
	const {alertmanager, syslog, lines} = await startReceivers(t, docker, hook.url);
	const record = testLog(t);
	const log = await record.open();
	const alerts = readAlerts(
		`
alerts:
  instance: host-1
  wait: 0
  pause: 0
  channels:
    pager: {type: alertmanager, url: "${alertmanager}"}
    tcp: {type: syslog, address: "tcp://127.0.0.1:${syslog.tcp}", facility: local0}
    udp: {type: syslog, address: "udp://127.0.0.1:${syslog.udp}", facility: local1}
    unix: {type: syslog, address: "unix://${syslog.socket}", facility: local2}
`,
		'alerts.yaml',
	);
	const {teller, people} = startTelling({
		alerts,
		record: alertRecordOf(log, record.attestor, hostId),
		hostId,
		report: () => undefined,
		book: () => undefined,
	});
	const openedAt = new Date(Date.now() - 60_000).toISOString();
	const episode = episodeOf({container: hostile, message: hostile, severity: 'critical', openedAt});
	teller.tell({kind: 'opened', at: new Date(), episode});

	const [alert] = await eventually(async () => {
		const found = (await (await fetch(`${alertmanager}/api/v2/alerts`)).json()) as readonly Alert[];
		return found.length > 0 && found;
	});
	t.like(alert?.labels, {
		alertname: 'SallyportControlFailed',
		control: 'hdr-on-errors',
		severity: 'critical',
		instance: 'host-1',
	});
	t.is(alert?.status.state, 'active');

	teller.tell({kind: 'closed', at: new Date(), episode: closedOf(episode, new Date().toISOString())});
	const told = await eventually(async () => {
		const all = hook.received.map(
			({body}) => JSON.parse(body) as {readonly status: string; readonly alerts: readonly Alert[]},
		);
		return all.some(({status}) => status === 'resolved') && all;
	});
	t.deepEqual(
		told.map(({status}) => status),
		['firing', 'resolved'],
	);
	t.deepEqual(told[0]?.alerts[0]?.labels, told[1]?.alerts[0]?.labels);

	const tested = await people.testAlert('Dana');
	t.deepEqual(
		tested.map(({channel, state}) => `${channel} ${state}`),
		['pager accepted', 'tcp sent', 'udp sent', 'unix sent'],
	);
	const written = await eventually(async () => {
		const all = await lines();
		return all.length >= 9 && all;
	});
	for (const facility of [16, 17, 18]) {
		const own = written.filter(line => Math.floor(Number.parseInt(line, 10) / 8) === facility);
		t.deepEqual(
			own.map(line => line.split('|')[3]).toSorted(),
			['closed', 'opened', 'test'],
			`facility ${facility}`,
		);
		const opened = own.find(line => line.includes('|opened|')) ?? '';
		const [pri, host, program, , data = '', text = ''] = opened.split('|');
		t.is(pri, String(facility * 8 + 2));
		t.deepEqual([host, program], ['host-1', 'sallyport']);
		t.regex(
			data,
			/^\[sallyport@32473 message="[0-9A-Z]{26}" kind="opened" severity="critical" .* containers="w\\"\\\]\\\\ <166>1 .*"\]$/,
		);
		t.regex(text, /hdr-on-errors fails at w"\]/);
	}

	await teller.drain(AbortSignal.timeout(5000));
});

interface Alert {
	readonly labels: Readonly<Record<string, string>>;
	readonly status: {readonly state: string};
}

test('a daemon tells what fails and that it ended, and is asked from the command line', async t => {
	t.timeout(120_000);
	const docker = await openDocker();
	const hook = await receiver(t);
	const folder = await folderOf({
		secret: `whsec_${randomBytes(32).toString('base64')}`,
	});
	await writeFile(
		join(folder, 'daemon.yaml'),
		`
state: ${folder}/state
socket: ${folder}/api.sock
listen: 127.0.0.1:0
docker-host: ${docker.engine.host}
interval: 2
alerts:
  wait: 1
  pause: 0
  channels:
    hook: {type: webhook, url: "${hook.url}", secret-file: ${folder}/secret, minimum: {severity: critical}}
`,
	);
	const main = new URL('../cli/sallyport.mjs', import.meta.url).pathname;
	const daemon = spawn(process.execPath, [main, 'daemon', '--config', join(folder, 'daemon.yaml')], {
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	t.teardown(() => daemon.kill('SIGKILL'));
	let diary = '';
	daemon.stderr.on('data', (chunk: Buffer) => {
		diary += chunk.toString();
	});
	// In this process: another one for each command would take most of the test's time.
	const ask = async (...argv: readonly string[]): Promise<string> => {
		let text = '';
		const write = (more: string): void => {
			text += more;
		};
		const env = {SALLYPORT_SERVER: `unix:${folder}/api.sock`};
		await run(['daemon', ...argv], {env, stdout: {write}, stderr: {write}});
		return text;
	};
	await eventually(async () => diary.includes('"DAEMON_STARTED"'));
	const {container} = await privileged(t, docker);
	const short = container.id.slice(0, 12);
	const heard = (type: string) =>
		eventually(async () =>
			hook.received
				.map(({body}) => JSON.parse(body) as Told)
				.filter(told => told.type === type)
				.flatMap(({data}) => data.episodes)
				.find(each => each.container.id === container.id && each.control === 'run-no-privileged'),
		);

	const {id} = await heard('sallyport.opened');
	t.regex(
		await ask('episodes', '--container', short),
		new RegExp(`run-no-privileged {2}critical[\\s\\S]*id ${id}`),
	);
	await ask('acknowledge', id, '--by', 'Dana', '--reason', 'it is a test');
	t.like((await heard('sallyport.acknowledged')).acknowledged, {by: 'Dana', reason: 'it is a test'});
	t.regex(await ask('alert-test', '--by', 'Dana'), /^✔ hook \(webhook\): accepted: 200 ok\n/);

	await docker(['rm', '-f', container.id]);
	t.like(await heard('sallyport.closed'), {id, closedBy: 'stopped'});
	daemon.kill('SIGTERM');
	const [code] = (await once(daemon, 'exit')) as [number];
	t.is(code, 0);
	t.notRegex(diary, /whsec_|ALERT_NOT_TOLD|RECORD_FAILED/);
});

interface Told {
	readonly type: string;
	readonly data: {readonly episodes: readonly Episode[]};
}

interface Contained {
	readonly containing: Containing;
	readonly told: readonly Notice[];
	readonly events: readonly (readonly [event: string, data: Readonly<Record<string, unknown>>])[];
	readonly record: ReturnType<typeof alertRecordOf>;
}

/** What contains, with a policy of its own; only episodes that a test makes are heard. */
async function containing(
	t: ExecutionContext,
	docker: Docker,
	{action, isApproved = true, isEnabled = true}: {action: string; isApproved?: boolean; isEnabled?: boolean},
): Promise<Contained> {
	const logged = testLog(t);
	const record = alertRecordOf(await logged.open(), logged.attestor, hostId);
	const bundle = loadPolicy(await policyFile(action, isApproved), new Date());
	const told: Notice[] = [];
	const events: [string, Readonly<Record<string, unknown>>][] = [];
	const started = startContaining({
		door: openConfineDoor([docker.engine.host]),
		isEnabled,
		policy: () => ({bundle, policy: {name: bundle.name, digest: {sha256: digestOf('x').slice(7)}}}),
		record,
		teller: {tell: notice => told.push(notice)},
		hostId,
		report: (event, data = {}) => events.push([event, data]),
	});
	return {containing: started, told, events, record};
}

async function policyFile(action: string, isApproved: boolean): Promise<string> {
	const text = `apiVersion: sallyport.dev/v1
kind: PolicyBundle
metadata: {name: acme, version: 1.0.0}
spec:
  extends: [{name: baseline, digest: "${documentDigest(builtIn('baseline').document)}"}]
  rules:
    inc-containment: {enforcement: warn, params: {action: ${action}, controls: [run-no-privileged]}}
`;
	const [lee, dana] = [handOf('lee@example.test'), handOf('dana@example.test')];
	const day = 86_400_000;
	const dates = {
		approvedAt: new Date(Date.now() - 2 * day).toISOString(),
		effectiveFrom: new Date(Date.now() - day).toISOString(),
		reviewBy: new Date(Date.now() + 90 * day).toISOString(),
	};
	const approval = approvalOf(bundleFrom(text), {author: lee.person, approver: dana.person}, dates);
	const below = (folder: string, files: Readonly<Record<string, string>>) =>
		Object.entries(files).map(([name, each]) => [`${folder}/${name}`, each] as const);
	const folder = await folderOf(
		Object.fromEntries([
			...below('bundles', {'acme.yaml': text}),
			...below('keys', trustFiles([[dana, ['policy-approver']]])),
			...(isApproved ? below('approvals', await signedFiles('acme', approval, dana)) : []),
		]),
	);
	return `${folder}/bundles/acme.yaml`;
}

async function privileged(
	t: ExecutionContext,
	docker: Docker,
	more: readonly string[] = [],
): Promise<Episode> {
	const args = [
		'run',
		'-d',
		'--privileged',
		'--label',
		'sallyport-test',
		...more,
		'debian:trixie-slim',
		'sleep',
		'600',
	];
	const {stdout, stderr} = await docker(args);
	const id = stdout.trim();
	t.teardown(() => docker(['rm', '-f', id]));
	t.regex(id, /^[0-9a-f]{64}$/, stderr);
	const container = {id, name: 'bad', image: 'debian:trixie-slim'};
	return {
		...episodeOf({control: 'run-no-privileged', severity: 'critical', id: `e-${id.slice(0, 8)}`}),
		container,
	};
}

async function stateOf(docker: Docker, id: string): Promise<string> {
	const format = '{{.State.Paused}} {{len .NetworkSettings.Networks}}';
	return (await docker(['inspect', '-f', format, id])).stdout.trim();
}

test('a privileged container is paused, recorded and told, once', async t => {
	t.timeout(60_000);
	const docker = await openDocker();
	const episode = await privileged(t, docker);
	const {containing: door, told, events, record} = await containing(t, docker, {action: 'pause'});
	const opened: Notice = {kind: 'opened', at: new Date(), episode};
	door.hear({...opened, episode: {...episode, severity: 'high'}});
	door.hear({...opened, episode: {...episode, result: 'not-evaluated'}});
	door.hear({...opened, episode: {...episode, control: 'run-user-non-root'}});
	await door.settle();
	t.is(await stateOf(docker, episode.container.id), 'false 1');

	door.hear(opened);
	await door.settle();
	t.is(await stateOf(docker, episode.container.id), 'true 1');
	const [containment] = await record.containments(episode.container.id);
	const short = episode.container.id.slice(0, 12);
	t.like(containment, {
		rule: 'run-no-privileged',
		episode: episode.id,
		actor: 'daemon',
		approval: {by: ['dana@example.test']},
		action: 'pause',
		confirmed: true,
		undo: [`docker unpause ${short}`],
	});
	t.deepEqual(
		told.map(notice => notice.kind === 'contained' && notice.what),
		[`pause of ${short}: done, and the engine confirms it. To undo it: docker unpause ${short}`],
	);

	// Somebody undoes it, and the same thing is seen again: by this daemon, and by one that has only the log.
	await docker(['unpause', episode.container.id]);
	door.hear({...opened, episode: {...episode, id: 'another'}});
	await door.settle();
	t.is(await stateOf(docker, episode.container.id), 'false 1');
	t.deepEqual(
		events.map(([event]) => event),
		['CONTAINMENT_DONE'],
	);
});

test('a container is taken off all its networks, and the record says how to bring it back', async t => {
	t.timeout(60_000);
	const docker = await openDocker();
	const network = `tell-${randomBytes(4).toString('hex')}`;
	await docker(['network', 'create', network]);
	t.teardown(() => docker(['network', 'rm', '-f', network]));
	const episode = await privileged(t, docker);
	const {id} = episode.container;
	await docker(['network', 'connect', network, id]);
	const {containing: door, record} = await containing(t, docker, {action: 'disconnect'});
	door.hear({kind: 'opened', at: new Date(), episode});
	await door.settle();

	t.is(await stateOf(docker, id), 'false 0');
	const [containment] = await record.containments(id);
	t.like(containment, {action: 'disconnect', confirmed: true});
	t.deepEqual(containment?.networks?.toSorted(), ['bridge', network].toSorted());
	for (const command of containment?.undo ?? []) {
		const {code, stderr} = await docker(command.split(' ').slice(1));
		t.is(code, 0, stderr);
	}

	t.is(await stateOf(docker, id), 'false 2');
});

test('a network that cannot be left is said, and nothing is claimed', async t => {
	t.timeout(60_000);
	const docker = await openDocker();
	const episode = await privileged(t, docker, ['--network', 'host']);
	const {containing: door, record, events} = await containing(t, docker, {action: 'disconnect'});
	door.hear({kind: 'opened', at: new Date(), episode});
	await door.settle();

	const [containment] = await record.containments(episode.container.id);
	t.like(containment, {confirmed: false});
	t.regex(containment?.reason ?? '', /on the network of host, which cannot be left; pause it instead/);
	t.is(events[0]?.[0], 'CONTAINMENT_FAILED');
});

const obstacles = {
	'an unapproved policy': [{action: 'pause', isApproved: false}, /not approved: The policy acme/],
	'a daemon that was not told that it may': [{action: 'pause', isEnabled: false}, /without --containment on/],
	'an action that there is not': [{action: 'delete'}, /params are not an action/],
} as const;
test('nothing is done with anything missing, and the diary says what', async t => {
	t.timeout(60_000);
	const docker = await openDocker();
	const episode = await privileged(t, docker);
	for (const [title, [given, said]] of Object.entries(obstacles)) {
		const {containing: door, told, events, record} = await containing(t, docker, given);
		door.hear({kind: 'opened', at: new Date(), episode});
		await door.settle();

		t.is(await stateOf(docker, episode.container.id), 'false 1', title);
		t.is(events[0]?.[0], 'CONTAINMENT_WITHHELD', title);
		t.regex(String(events[0]?.[1]['reason']), said, title);
		t.deepEqual(told, [], title);
		t.deepEqual(await record.containments(episode.container.id), [], title);
	}
});

test('the daemon before this one contained it: this one does not', async t => {
	t.timeout(60_000);
	const docker = await openDocker();
	const episode = await privileged(t, docker);
	const {containing: first, record, told} = await containing(t, docker, {action: 'pause'});
	first.hear({kind: 'opened', at: new Date(), episode});
	await first.settle();
	await docker(['unpause', episode.container.id]);
	const bundle = loadPolicy(await policyFile('pause', true), new Date());
	const events: string[] = [];
	const second = startContaining({
		door: openConfineDoor([docker.engine.host]),
		isEnabled: true,
		policy: () => ({bundle, policy: {name: bundle.name, digest: {sha256: digestOf('x').slice(7)}}}),
		record,
		teller: {tell: () => undefined},
		hostId,
		report: event => events.push(event),
	});
	second.hear({kind: 'opened', at: new Date(), episode});
	await second.settle();

	t.is(await stateOf(docker, episode.container.id), 'false 1');
	t.deepEqual(events, ['CONTAINMENT_WITHHELD']);
	t.is(told.length, 1);
});
