import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {readConfig} from '../../daemon/config.ts';
import {channelList, readAlerts} from '../../daemon/tell/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-alerts-'));
const secretFile = join(folder, 'webhook');
const urlFile = join(folder, 'slack');
writeFileSync(secretFile, `whsec_${Buffer.alloc(32, 7).toString('base64')}\n`);
writeFileSync(urlFile, 'https://hooks.slack.com/services/T000/B000/XXXXXXXX\n');

const whole = `
state: /var/lib/sallyport
alerts:
  instance: web-host-1
  wait: 5
  remind: 3600
  channels:
    on-call:
      type: webhook
      url: https://alerts.example.org/in
      secret-file: ${secretFile}
      minimum: {level: error, severity: high}
    chat: {type: slack, url-file: ${urlFile}}
    pager: {type: alertmanager, url: "http://10.0.0.7:9093/am"}
    siem: {type: syslog, address: "tcp://[::1]:601", facility: local3}
  silences:
    - {container: "batch-*", control: health-state, until: 2027-01-01T00:00:00Z, reason: They end every night}
`;

test('channels, silences and times are read, and channels are listed without their secrets', t => {
	const alerts = readAlerts(whole, 'sallyport.yaml');

	t.like(alerts, {instance: 'web-host-1', deadlineMs: 900_000});
	t.like(alerts?.pacing, {waitMs: 5000, pauseMs: 60_000, remindMs: 3_600_000});
	t.deepEqual(alerts && channelList(alerts), [
		{name: 'on-call', type: 'webhook', target: 'https://alerts.example.org'},
		{name: 'chat', type: 'slack', target: 'https://hooks.slack.com'},
		{name: 'pager', type: 'alertmanager', target: 'http://10.0.0.7:9093'},
		{name: 'siem', type: 'syslog', target: 'tcp://[::1]:601'},
	]);
	t.deepEqual(
		alerts?.channels.map(({minimum}) => minimum.severity),
		['high', 'low', 'low', 'low'],
	);
	t.is(alerts?.silences[0]?.until.toISOString(), '2027-01-01T00:00:00.000Z');
	t.is(readAlerts('state: /x\n', 'sallyport.yaml'), undefined);
});

/** The text that is changed, into what, and what is said. */
const mistakes: Readonly<Record<string, readonly [from: string, to: string, said: string]>> = {
	'a key that is not known': [
		'  wait: 5',
		'  wiat: 5',
		'a.yaml:5:3: alerts.wiat is not known; alerts has instance, wait, pause, remind, deadline, channels, silences',
	],
	'a time that is none': ['wait: 5', 'wait: soon', 'a.yaml:5:3: alerts.wait is a number from 0 to 600'],
	'a kind of channel that there is not': [
		'type: webhook',
		'type: pigeon',
		'a.yaml:9:7: alerts.channels.on-call.type is one of webhook, slack, alertmanager, syslog',
	],
	'a channel without a type': [
		'      type: webhook\n',
		'',
		'a.yaml:8:5: alerts.channels.on-call has no type',
	],
	'an address in the clear': [
		'https://alerts',
		'http://alerts',
		'a.yaml:10:7: alerts.channels.on-call.url is not an https:// address (http:// is for loopback)',
	],
	'a password in an address': [
		'https://alerts',
		'https://u:hunter2@alerts',
		'a.yaml:10:7: alerts.channels.on-call.url has a name, a password or a fragment in it; leave them out',
	],
	'a secret in the file itself': [
		'secret-file:',
		'secret:',
		'a.yaml:11:7: alerts.channels.on-call.secret is not known; alerts.channels.on-call has type, minimum, url, secret-file, ca-file',
	],
	'a secret file that is not there': [
		secretFile,
		'/nowhere',
		"a.yaml:8:5: alerts.channels.on-call cannot be used. The secret file /nowhere cannot be used: ENOENT: no such file or directory, open '/nowhere'",
	],
	'a secret file with something else': [
		secretFile,
		urlFile,
		`a.yaml:8:5: alerts.channels.on-call cannot be used. The secret file ${urlFile} holds no secret of a webhook: whsec_ and base64 of 24 to 64 random bytes`,
	],
	'an address that syslog has not': [
		'tcp://[::1]:601',
		'tls://x:1',
		'a.yaml:15:26: alerts.channels.siem.address is udp://host:port, tcp://host:port or unix:///path',
	],
	'a silence without an end': [
		', until: 2027-01-01T00:00:00Z',
		'',
		'a.yaml:17:7: alerts.silences.0 has no until: a silence has an end',
	],
	'a silence over everything': [
		'container: "batch-*", control: health-state, ',
		'',
		'a.yaml:17:7: alerts.silences.0 covers nothing: name a container, an image or a control',
	],
	'an authority that is none': [
		`secret-file: ${secretFile}`,
		`secret-file: ${secretFile}\n      ca-file: ${urlFile}`,
		'a.yaml:12:7: alerts.channels.on-call.ca-file names no file of PEM certificates that can be read',
	],
	'a token that is not there': [
		'url: "http://10.0.0.7:9093/am"',
		'url: "http://10.0.0.7:9093/am", token-file: /nowhere',
		'a.yaml:14:5: alerts.channels.pager cannot be used. The secret file /nowhere cannot be used: ENOENT',
	],
	'no moment': [
		'2027-01-01T00:00:00Z',
		'tomorrow',
		'a.yaml:17:53: alerts.silences.0.until is a moment such as 2027-01-31T00:00:00Z',
	],
	'a name that is none': [
		'    chat:',
		'    "Chat room":',
		'a.yaml:13:5: alerts.channels.Chat room is no name of a channel: lower case, digits and hyphens, such as on-call',
	],
	'no YAML': ['  wait: 5', '  wait: [', 'a.yaml:6:3: '],
};
for (const [title, [from, to, said]] of Object.entries(mistakes)) {
	test(`one sentence with its place: ${title}`, t => {
		t.true(whole.includes(from));
		const error = t.throws(() => readAlerts(whole.replace(from, to), 'a.yaml'), {name: 'DaemonError'});

		t.true(error?.message.startsWith(said), error?.message);
		t.notRegex(error?.message ?? '', /hunter2|XXXX|\n/);
	});
}

test('the daemon reads alerts beside its other keys, and everything else as before', t => {
	const path = join(folder, 'sallyport.yaml');
	writeFileSync(path, whole);

	t.is(readConfig(['--config', path], {}).alerts?.channels.length, 4);
	t.is(readConfig([], {}).alerts, undefined);
	t.false(readConfig([], {}).containment);
	t.true(readConfig(['--containment', 'on'], {}).containment);
	t.throws(() => readConfig(['--containment', 'yes'], {}), {
		message: '--containment "yes" is neither on nor off',
	});
	writeFileSync(path, 'alrets: {}\n');
	t.throws(() => readConfig(['--config', path], {}), {
		message: /unknown key "alrets"; known are .*\balerts\b/,
	});
});

test('the example of the page is one that the daemon takes', t => {
	const page = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8');
	const [, example = ''] = /```yaml\n(alerts:[^`]*)```/.exec(page) ?? [];
	const own = example
		.replaceAll(/secret-file: \S+/g, `secret-file: ${secretFile}`)
		.replaceAll(/url-file: \S+/g, `url-file: ${urlFile}`);

	const alerts = readAlerts(own, 'docs/alerts.md');
	t.deepEqual([...new Set(alerts?.channels.map(({type}) => type))].toSorted(), [
		'alertmanager',
		'slack',
		'syslog',
		'webhook',
	]);
	t.is(alerts?.silences.length, 1);
});
