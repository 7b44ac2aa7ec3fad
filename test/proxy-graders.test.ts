import test from 'ava';
import {HOST, type Judged, judged, judgedPlan} from './helpers/graders.ts';

// What judges say that others wrote: TLS, headers, patience. A judge that cannot be fetched is named in the test's log.

let here: Judged;

test.before(async () => {
	// Slow clients are cut after five seconds here and not thirty, so that they need not be waited for.
	here = await judged(judgedPlan(plan => ({...plan, timeouts: {...plan.timeouts, clientSeconds: 5}})));
});

test.after.always(() => here?.remove());

/** The sections that testssl.sh needs for its grade; simulated clients and single ciphers would take three times as long. */
const GRADED = '-p -s -f -S -h -H -I -T --BB -R -C -O -Z -D -A -4 -J'.split(' ');

test.serial('testssl.sh gives A+ and finds nothing that is not in order', async t => {
	t.timeout(300_000);

	const said = await here.ask(t, 'testssl', [
		...['testssl', '--color', '0', '--quiet', '--warnings', 'off', '--ip', '127.0.0.1'],
		...['--add-ca', '/ca/ca.crt', ...GRADED, `${HOST}:443`],
	]);
	if (said === undefined) {
		t.pass();
		return;
	}

	t.regex(said.stdout, /^ Overall Grade +A\+$/m, said.stdout.slice(-2000));
	// The authority of this test gives out neither lists nor answers about certificates that were taken back.
	const found = said.stdout.replaceAll('NOT ok -- neither CRL nor OCSP URI provided', '');
	t.notRegex(found, /\bNOT ok\b|\bVULNERABLE\b/);
	t.regex(said.stdout, /^ Server banner +\(no "Server" line/m);
});

test.serial('Observatory gives A+, and every one of its tests passes', async t => {
	t.timeout(120_000);

	const scan = '/observatory/node_modules/@mdn/mdn-http-observatory/src/scan.js';
	const command = `cd /observatory && NODE_EXTRA_CA_CERTS=/ca/ca.crt node ${scan} ${HOST}`;
	const said = await here.ask(t, 'observatory', ['sh', '-c', command]);
	if (said === undefined) {
		t.pass();
		return;
	}

	const {scan: result} = JSON.parse(said.stdout) as {readonly scan?: Readonly<Record<string, unknown>>};
	t.is(result?.['grade'], 'A+', said.stdout);
	t.is(result?.['testsFailed'], 0);
});

test.serial(
	"sslyze finds Mozilla's intermediate profile, but for the authority that we made ourselves",
	async t => {
		t.timeout(120_000);

		const said = await here.ask(t, 'sslyze', [
			...['/sslyze/bin/sslyze', '--mozilla_config', 'intermediate', '--certinfo_ca_file', '/ca/ca.crt'],
			`${HOST}:443`,
		]);
		if (said === undefined) {
			t.pass();
			return;
		}

		t.regex(said.stdout, /Checking results against Mozilla's "intermediate" configuration/);
		const differences = [...said.stdout.matchAll(/^\s+\* (\w+): /gm)].map(([, what]) => what);
		t.deepEqual(differences, ['certificate_path_validation'], said.stdout.slice(-1000));
		t.regex(said.stdout, /Not vulnerable to Heartbleed/);
	},
);

test.serial(
	'slowhttptest cannot close the door: others are answered while it holds what it gets',
	async t => {
		t.timeout(120_000);

		const attacks = {
			'slow headers': ['-H'],
			'slow bodies': ['-B'],
			'slow reading': ['-X', '-w', '1', '-y', '2', '-n', '5', '-z', '1', '-k', '3'],
			ranges: ['-R'],
		};
		const all = Promise.all(
			Object.entries(attacks).map(async ([name, args]) => ({
				name,
				said: await here.ask(t, 'slowhttptest', [
					...['slowhttptest', '-c', '200', '-r', '100', '-l', '10', '-i', '2', '-p', '3', ...args],
					...['-u', `https://${HOST}/large`],
				]),
			})),
		);
		const honest = await honestClient(all);

		for (const {name, said} of await all) {
			if (said !== undefined) {
				t.regex(`${said.stdout}${said.stderr}`, /closed:|Exit status/i, `${name} ran`);
			}
		}

		t.true(honest.length >= 5);
		t.deepEqual(
			honest.filter(({status}) => status !== 200),
			[],
		);
		t.true(Math.max(...honest.map(({ms}) => ms)) < 2000, JSON.stringify(honest));
	},
);

interface Asked {
	readonly status: number;
	readonly ms: number;
}

/** Asks from an address of its own, over and over until `attack` has ended. */
async function honestClient(attack: Promise<unknown>): Promise<readonly Asked[]> {
	let isOver = false;
	const over = attack.finally(() => {
		isOver = true;
	});
	const asked: Asked[] = [];
	while (!isOver) {
		const {stdout} = await here.docker(['exec', here.id, 'node', '-e', HONEST]);
		asked.push(JSON.parse(stdout || '{"status":0,"ms":0}') as Asked);
	}

	await over;
	return asked;
}

const HONEST = `
	const since = performance.now();
	const told = status => console.log(JSON.stringify({status, ms: Math.round(performance.now() - since)}));
	require('node:https').get({
		host: '127.0.0.1', localAddress: '127.0.0.9', servername: '${HOST}', headers: {Host: '${HOST}'},
		rejectUnauthorized: false, agent: false, timeout: 5000,
	}, answer => answer.resume().on('end', () => told(answer.statusCode))).on('error', () => told(0));
`;
