import test from 'ava';
import type {Finding} from '../policies/finding.ts';
import {type Behaved, behaved} from './helpers/behaved.ts';
import {mountable} from './helpers/docker.ts';

// The same questions to the other engine: the canary is its own, and what it does not do is said.

const KEEP = ['--read-only', '--tmpfs', '/tmp:mode=1777', '--tmpfs', '/run/sallyport'];
const POLICY = {cidrs: ['192.0.2.0/24'], egress: []};
const CONFIG = '/opt/sallyport/conf/dynamic.yaml';

let built: Behaved;
let good: string;
let ofGood: readonly Finding[];
let ofBad: readonly Finding[];
test.before(async () => {
	built = await behaved('traefik');
	good = await built.start(KEEP);
	const {stdout: config} = await built.docker(['exec', good, 'cat', CONFIG]);
	const folder = await mountable({'dynamic.yaml': damaged(config)});
	const bad = await built.start([...KEEP, '-v', `${folder}/dynamic.yaml:${CONFIG}:ro`]);
	await built.visit(good, '/', 25);
	ofGood = await built.look(good, POLICY);
	ofBad = await built.look(bad, POLICY);
});
test.after.always(() => built?.close());

function damaged(config: string): string {
	return [
		// A burst of five becomes one of five thousand.
		[/("?burst"?: )5$/m, '$15000'],
		[/"bodyBytes": \d+/g, '"bodyBytes": 1000000000'],
		[/"methods": \[/g, '"methods": ["TRACK", "DEBUG", "SALLYPORT",'],
		[/"hosts": \[[^\]]*\]/g, '"hosts": []'],
		[/"allow": \[[^\]]*\]/g, '"allow": []'],
		[/"truncates": true/g, '"truncates": false'],
		[/("?url"?: )"http:\/\/127\.0\.0\.2:\d+"/g, '$1"http://192.0.2.66:80"'],
	].reduce((text, [was = '', is = '']) => {
		const changed = text.replace(was, String(is));
		if (changed === text) {
			throw new Error(`There is nothing to damage: ${was}`);
		}

		return changed;
	}, config);
}

test('what the build gate has built passes what it can be asked, and nothing is said of the rest', t => {
	const others = ofGood.filter(({result}) => result !== 'pass');

	t.deepEqual(others.map(({control, result}) => `${control}: ${result}`).toSorted(), [
		'cache-key-complete: not-applicable',
		'cache-purge-on-deploy: not-applicable',
		'cache-stale-bounded: not-applicable',
		'cache-validity-bounded: not-applicable',
		'mon-apm-active: not-applicable',
		'proxy-timeouts: not-evaluated',
	]);
});

const REASONS: Readonly<Record<string, RegExp>> = {
	'proxy-in-path': /changed since the build/,
	'proxy-rate-limit': /none was limited/,
	'proxy-body-limit': /one more than the contract allows/,
	'proxy-method-allowlist': /passes TRACK, DEBUG, SALLYPORT on/,
	'proxy-host-allowlist': /none of the contract's/,
	'proxy-source-allowlist': /in none of the networks/,
	'proxy-upstream-protected': /192\.0\.2\.66/,
	'log-ip-minimised': /whole addresses/,
};

for (const [control, reason] of Object.entries(REASONS)) {
	test(`a configuration that somebody has changed fails for its own reason: ${control}`, t => {
		const findings = ofBad.filter(finding => finding.control === control);
		const failed = findings.filter(({result}) => result === 'fail').map(({message}) => message);

		t.regex(
			failed.join('\n'),
			reason,
			JSON.stringify(findings.map(({result, message}) => [result, message])),
		);
	});
}

test('where the configuration was changed no canary speaks for the application', t => {
	const framing = ofBad.filter(({control}) => control === 'proxy-request-framing');

	t.deepEqual(
		framing.map(({result}) => result),
		['not-evaluated'],
	);
});

test('the application never sees what only a canary is asked', async t => {
	const requests = await built.requests(good);

	t.true(requests.some(line => line.includes('sallyport-daemon')));
	t.deepEqual(
		requests.filter(line => /\/\.sallyport|x-sallyport-probe/i.test(line)),
		[],
	);
});
