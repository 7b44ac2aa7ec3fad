import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type {Plan} from '../frontend/proxies/plan.ts';
import {type Finding, gixy} from './gixy.ts';
import {anyPlan} from './helpers/any-plan.ts';
import {folderOf} from './helpers/docker.ts';
import {GUARDED, PROVEN} from './helpers/guarded.ts';
import {plan} from './helpers/plan.ts';
import {confOf} from './helpers/proxied.ts';

// What others have learnt of nginx's traps, asked of what we write.

const WIDE: Plan = {
	...plan,
	tls: {minVersion: 'TLSv1.3', http3: true},
	listeners: {...plan.listeners, metrics: 9100},
	hosts: ['app.example', '*.wild.example'],
	cacheBytes: 2 ** 24,
	pages: {
		robots: 'User-agent: *',
		errors: [{status: 404, file: '/pages/404.html'}],
		maintenance: '/run/sallyport/maintenance.html',
	},
	upstreams: [
		{
			name: 'orders',
			servers: [{host: 'orders.internal', port: 443}],
			tls: {serverName: 'orders.internal'},
			health: {intervalSeconds: 2, timeoutSeconds: 1, failures: 2, passes: 1},
			line: 3,
		},
	],
	routes: [
		{
			path: '/orders',
			match: 'prefix',
			to: {kind: 'upstream', name: 'orders', protocol: 'grpc'},
			access: {},
			limits: {},
			headers: [],
		},
		{
			path: '/events',
			match: 'prefix',
			to: {kind: 'application', protocol: 'stream'},
			access: {},
			limits: {},
			headers: [],
		},
		{
			path: '/kept',
			match: 'prefix',
			to: {kind: 'application', protocol: 'http'},
			access: {},
			limits: {},
			headers: [],
			cache: {ignoredCookies: ['a']},
		},
		{
			path: '/docs',
			match: 'prefix',
			to: {kind: 'files', folder: '/srv/docs', maxAgeSeconds: 60},
			access: {},
			limits: {},
			headers: [],
		},
		...plan.routes,
	],
};

/** What it says and we keep, with the reason; anything else is a mistake of ours. */
const KEPT: Readonly<Record<string, (finding: Finding) => boolean>> = {
	// The supervisor gives it, from the container's CPU limit.
	missing_worker_processes: () => true,
	// The tree's OpenSSL is 3.5, and the build checks that.
	ssl_ecdh_curve: () => true,
	// What a route with `stream` asks for: each byte at once.
	proxy_buffering_off: ({config}) => config.includes('/events'),
	// A folder may be mounted and its files replaced; a look costs microseconds.
	try_files_is_evil_too: () => true,
	// The returns beside allow and deny refuse; none of them lets anybody in.
	return_bypasses_allow_deny: ({config}) =>
		[...config.matchAll(/return (\d+)/g)].every(([, status]) => Number(status) >= 400),
};

test('gixy-next finds nothing in the configuration but what is known and has a reason', async t => {
	const ask = await gixy().catch((error: Error) => error);
	if (ask instanceof Error) {
		// In CI it is there, or this would be no test.
		t.falsy(process.env['CI'], ask.message);
		t.log(`SKIPPED: ${ask.message}`);
		t.pass();
		return;
	}

	const plans = {
		plain: plan,
		guarded: GUARDED,
		proven: PROVEN,
		wide: WIDE,
		any: fc.sample(anyPlan, {numRuns: 1, seed: 7})[0] ?? plan,
	};
	for (const [name, each] of Object.entries(plans)) {
		const folder = await folderOf(confOf(each));
		const findings = await ask(join(folder, 'nginx.conf'));
		const said = findings.map(({plugin}) => plugin);
		// An unreadable file is one without findings to it, so that it read this one is seen by what we know it says.
		t.true(said.includes('missing_worker_processes'), name);
		t.deepEqual(
			findings.filter(finding => KEPT[finding.plugin]?.(finding) !== true),
			[],
			name,
		);
	}
});
