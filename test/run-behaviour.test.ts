import test from 'ava';
import type {Finding} from '../policies/finding.ts';
import {type Behaved, behaved} from './helpers/behaved.ts';
import {mountable} from './helpers/docker.ts';

// What a proxy of ours does with requests, seen from outside: as it was built, and with a configuration that somebody has changed.

const KEEP = ['--read-only', '--tmpfs', '/tmp:mode=1777'];
const POLICY = {cidrs: ['192.0.2.0/24'], egress: []};

let built: Behaved;
let good: string;
let bad: string;
let ofGood: readonly Finding[];
let ofBad: readonly Finding[];
test.before(async () => {
	built = await behaved();
	good = await built.start([...KEEP, '--tmpfs', '/run/sallyport']);
	const folder = await mountable({'nginx.conf': damaged(await built.config(good))});
	bad = await built.start([
		...KEEP,
		...['-v', '/run/sallyport', '-e', 'LEAKS=1', '-e', 'OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317'],
		...['-v', `${folder}/nginx.conf:/opt/sallyport/conf/nginx.conf:ro`, '-p', '9100'],
	]);
	await built.visit(good, '/', 25);
	await built.visit(bad, '/broken', 25);
	// One after the other: what is measured in seconds should not wait for the other one.
	ofGood = await built.look(good, POLICY);
	ofBad = await built.look(bad, POLICY);
});
test.after.always(() => built?.close());

/** A configuration that nginx takes, and in which everything is turned round that the build gate has put there. */
function damaged(config: string): string {
	return DAMAGES.reduce((text, [was, is]) => {
		const changed = text.replaceAll(was, is);
		if (changed === text) {
			throw new Error(`There is nothing to damage: ${was}`);
		}

		return changed;
	}, config);
}

const DAMAGES: readonly (readonly [was: RegExp, is: string])[] = [
	// Limits: of rate, of size, of time.
	[/^\t*limit_req zone=.*$/gm, ''],
	[/client_max_body_size [1-9]\d*;/g, 'client_max_body_size 0;'],
	[/large_client_header_buffers 4 8k;/g, 'large_client_header_buffers 4 64k;'],
	[/client_(header|body)_timeout \d+s;/g, 'client_$1_timeout 300s;'],
	// Who is meant, and who asks.
	[/if \(\$known_host = ""\) \{ return 421; \}/g, ''],
	[/if \(\$unknown_method\) \{ return 501; \}/g, ''],
	[/X-Forwarded-For \$remote_addr;/g, 'X-Forwarded-For $http_x_forwarded_for;'],
	[/^(\t*map "" \$rid \{\n\t*default )\$request_id;/gm, '$1$http_x_request_id;'],
	[/^\t*(?:allow|deny) .*;$/gm, ''],
	// What is behind it.
	[/proxy_next_upstream error timeout;/g, 'proxy_next_upstream error timeout non_idempotent;'],
	[/proxy_http_version 1\.1;/g, 'proxy_http_version 1.0;'],
	[/^(\t*upstream canary_other \{\n.*\n).*backup;$/gm, '$1'],
	// What is kept.
	[/^\t*(?:proxy_cache_bypass|proxy_no_cache|js_header_filter) .*;$/gm, ''],
	[
		/proxy_cache_key [^;]*;/g,
		'proxy_cache_key $scheme; proxy_ignore_headers Cache-Control Expires; proxy_cache_valid any 1h;',
	],
	// What is written down.
	[/"path":"\$log_path"/g, '"path":"$request_uri"'],
	[/"client":"\$log_client"/g, '"client":"$remote_addr"'],
	// What is shown.
	[
		/^(\t*server_name _;)(\n\t*limit_conn )/gm,
		String.raw`$1 location = /.git/HEAD { return 200 "ref: refs/heads/main\n"; } location = /metrics { return 200 "# HELP a\n# TYPE a counter\n"; } location = /far { proxy_pass http://192.0.2.66; }$2`,
	],
];

test('what the build gate has built passes every question about what it does', t => {
	const others = ofGood.filter(({result}) => result !== 'pass');

	t.deepEqual(
		others.map(({control, result}) => `${control}: ${result}`),
		['mon-apm-active: not-applicable'],
	);
});

const REASONS: Readonly<Record<string, RegExp>> = {
	'proxy-in-path': /changed since the build/,
	'proxy-rate-limit': /none was limited/,
	'proxy-body-limit': /one more than the contract allows/,
	'proxy-timeouts': /still listened to/,
	'proxy-request-framing': /HTTP\/0\.9/,
	'proxy-method-allowlist': /passes TRACK, DEBUG, SALLYPORT on/,
	'proxy-host-allowlist': /none of the contract's/,
	'proxy-client-address-trust': /told to the application/,
	'proxy-source-allowlist': /in none of the networks/,
	'proxy-admin-paths-closed': /\/\.git\/HEAD/,
	'proxy-upstream-protected': /192\.0\.2\.66/,
	'proxy-no-unsafe-retry': /sent 2 times/,
	'req-id-correlated': /invented/,
	'resp-integrity': /HTTP\/1\.0/,
	'health-routing': /the client gets 503|the client gets 502/,
	'cache-no-private-sharing': /given to another|came out of a cache/,
	'cache-key-complete': /another query gets the same answer/,
	'cache-validity-bounded': /does not say its Age/,
	'cache-stale-bounded': /longer than it said|not marked/,
	'cache-purge-on-deploy': /outlives the container/,
	'proc-error-rate': /25 of \d+ requests/,
	'log-redaction': /query/,
	'log-ip-minimised': /whole addresses/,
	'mon-metrics': /shows metrics to everybody/,
	'mon-apm-active': /nothing listens/,
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

test('the application never sees what only a canary is asked', async t => {
	const requests = await built.requests(good);
	const ours = requests.filter(line => line.includes('sallyport-daemon'));

	t.true(ours.length > 0, 'the probes were there');
	t.deepEqual(
		requests.filter(line => /\/\.sallyport|x-sallyport-probe/i.test(line)),
		[],
	);
	// Polite questions, each with one method that everybody uses, and no body.
	t.deepEqual(
		ours.filter(line => !/^(?:GET|HEAD|OPTIONS) \//.test(line) || /"content-length":"[1-9]/.test(line)),
		[],
	);
});
