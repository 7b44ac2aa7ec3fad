// Do our probes say of headers what Mozilla's Observatory says, and where not, who is right? `npm run bench -- headers`.
// It asks both about the sites of `test/fixtures/headers`, which one process serves on loopback, and then measures what a look costs.
import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import {privacyProbes} from '../daemon/probes/privacy/index.ts';
import {type HeaderCase, headerCases} from '../test/helpers/header-cases.ts';
import {lookAt, verdictsOf} from '../test/helpers/header-verdicts.ts';
import type {Observed} from './headers-observatory.ts';

const peer = join(homedir(), '.cache/sallyport/peers/observatory');
const LOOKS = 200;
/** Which of their tests ask what a control of ours asks; of several each has to pass. */
const asked: Readonly<Record<string, readonly string[]>> = {
	'hdr-csp': ['content-security-policy'],
	'hdr-nosniff': ['x-content-type-options'],
	'hdr-frame': ['x-frame-options'],
	'hdr-referrer': ['referrer-policy'],
	'hdr-cors': ['cross-origin-resource-sharing', 'cross-origin-resource-policy'],
	'priv-cookie-attributes': ['cookies'],
	'proxy-hsts': ['strict-transport-security'],
};

interface Difference {
	readonly control: string;
	readonly name: string;
	readonly ours: string;
	readonly theirs: string;
	readonly why: string | undefined;
}
const counts = new Map<string, {same: number; weFail: number; theyFail: number}>();
const differences: Difference[] = [];
const stale: string[] = [];

if (!existsSync(peer)) {
	process.stderr.write(
		`bench: install the Observatory first: npm install --ignore-scripts --prefix ${peer} @mdn/mdn-http-observatory@1.4.8 && echo {} > ${peer}/node_modules/@mdn/mdn-http-observatory/conf/hsts-preload.json\n`,
	);
	process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'sallyport-headers-'));
const authority = join(folder, 'ca.pem');
const site = fork(new URL('headers-site.ts', import.meta.url), [authority]);
try {
	const ports = (await heard(site)) as readonly number[];
	const cases = headerCases();
	const theirs = (await heard(
		fork(new URL('headers-observatory.ts', import.meta.url), [peer, ...ports.map(String)], {
			env: {...process.env, NODE_EXTRA_CA_CERTS: authority},
		}),
	)) as readonly Observed[];
	for (const [index, each] of cases.entries()) {
		compare(each, await verdictsOf(ports[index] ?? 0, Object.keys(asked)), theirs[index] ?? {});
	}
	report(cases.length);
	await cost(ports[0] ?? 0);
} finally {
	site.kill();
	rmSync(folder, {recursive: true});
}

async function heard(child: ChildProcess): Promise<unknown> {
	const [message] = await Promise.race([
		once(child, 'message'),
		once(child, 'exit').then(([code]) => Promise.reject(new Error(`A child ended with ${code}`))),
	]);
	return message;
}

function compare({name, differs}: HeaderCase, ours: Readonly<Record<string, string>>, tests: Observed): void {
	for (const [control, names] of Object.entries(asked)) {
		const answers = names.map(test => tests[test]);
		const theyPass = answers.every(answer => answer?.pass === true);
		const wePass = ours[control] === 'pass' || ours[control] === 'not-applicable';
		const count = counts.get(control) ?? {same: 0, weFail: 0, theyFail: 0};
		counts.set(control, count);
		if (theyPass === wePass) {
			count.same += 1;
			stale.push(...(differs[control] === undefined ? [] : [`${name}: ${control}`]));
			continue;
		}

		count[theyPass ? 'weFail' : 'theyFail'] += 1;
		const said = answers.map(answer => answer?.result ?? 'nothing').join(', ');
		differences.push({control, name, ours: ours[control] ?? '', theirs: said, why: differs[control]});
	}
}

function report(size: number): void {
	const lines = [
		`${size} configurations, ${size * counts.size} verdicts`,
		'control | same | we fail | they fail',
	];
	for (const [control, {same, weFail, theyFail}] of counts) {
		lines.push(`${control} | ${same} | ${weFail} | ${theyFail}`);
	}

	for (const {control, name, ours, theirs, why} of differences) {
		lines.push(`${control}, ${name}: ours ${ours}, theirs ${theirs}: ${why ?? 'NOT EXPLAINED'}`);
	}

	const kinds = Map.groupBy(differences, ({why}) => why?.split(/[:,]/)[0] ?? 'unexplained');
	lines.push(...Array.from(kinds, ([kind, each]) => `${kind}: ${each.length}`));
	const unexplained = differences.filter(({why}) => why === undefined).length;
	lines.push(`${differences.length} differ, ${unexplained} of them unexplained`);
	lines.push(...stale.map(each => `explained, but not different any more: ${each}`));
	process.stdout.write(`${lines.join('\n')}\n`);
	process.exitCode = unexplained + stale.length > 0 ? 1 : 0;
}

/** All probes of headers and privacy together, on new connections each time, as a look has them. */
async function cost(port: number): Promise<void> {
	const controls = [...Object.keys(asked), 'hdr-permissions', 'hdr-on-errors', 'proxy-banner-hidden'];
	const privacy = Object.keys(privacyProbes);
	let exchanges = 0;
	await lookAt(port, [...controls, ...privacy], () => 0);
	const before = process.cpuUsage();
	const started = performance.now();
	for (let look = 0; look < LOOKS; look += 1) {
		await lookAt(port, controls, () => {
			exchanges += 1;
		});
	}

	const {user, system} = process.cpuUsage(before);
	process.stdout.write(
		`one look with ${controls.length} probes: ${exchanges / LOOKS} exchanges, ${((user + system) / 1000 / LOOKS).toFixed(2)} ms of processor time, ${((performance.now() - started) / LOOKS).toFixed(1)} ms\n`,
	);
}
