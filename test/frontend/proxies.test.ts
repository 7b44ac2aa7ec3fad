import test from 'ava';
import fc from 'fast-check';
import {proxies} from '../../frontend/proxies/index.ts';
import {hostKey, quoted} from '../../frontend/proxies/nginx/quote.ts';
import {nginx} from '../../frontend/proxies/nginx.ts';
import type {Plan} from '../../frontend/proxies/plan.ts';
import {anyPlan} from '../helpers/any-plan.ts';
import {plan} from '../helpers/plan.ts';

function fileOf(of: Plan, name: string): string {
	return nginx.render(of).find(({path}) => path === `/opt/sallyport/conf/${name}`)?.content ?? '';
}

/** What nginx's own tokenizer makes of one double-quoted token, up to variables. */
function read(token: string): string {
	const text = token.slice(1, -1);
	return text.replaceAll(/\\([\\"'])/g, '$1').replaceAll('$' + '{dollar}', '$');
}

/** The blocks of a configuration whose first line matches, with everything inside. */
function blocks(text: string, start: RegExp): readonly string[] {
	const found: string[] = [];
	const lines = text.split('\n');
	for (const [index, line] of lines.entries()) {
		if (start.test(line)) {
			const depth = /^\t*/.exec(line)?.[0] ?? '';
			const end = lines.indexOf(`${depth}}`, index);
			found.push(lines.slice(index, end + 1).join('\n'));
		}
	}

	return found;
}

test('the same plan gives the same bytes, and every engine of the registry renders it', t => {
	for (const engine of Object.values(proxies)) {
		t.deepEqual(engine.render(plan), engine.render(structuredClone(plan)));
		t.true(engine.render(plan).every(({path}) => path.startsWith('/opt/sallyport/conf/')));
	}
});

test('a token means exactly the text it was made of', t => {
	fc.assert(
		fc.property(fc.string({unit: 'grapheme-ascii'}), text => {
			const token = quoted(text);
			t.regex(token, /^"(?:[^"\\]|\\.)*"$/);
			t.is(read(token), text);
			// Nothing is left that nginx would replace by a variable.
			t.notRegex(token.replaceAll('$' + '{dollar}', ''), /\$/);
		}),
	);
	t.pass();
});

test('what could start a line or a directive of its own is refused, not escaped', t => {
	for (const text of ['a\nb', 'a\rb', 'a\0b', 'ä', '\u2028']) {
		t.throws(() => quoted(text), {instanceOf: TypeError, message: /printable ASCII/});
	}

	for (const host of ['~^.*$', 'a b', 'A.example', '*', '*.*.example', '', '-a', 'a;b', '"']) {
		t.throws(() => hostKey(host), {instanceOf: TypeError, message: /no lower-case host/});
	}

	t.throws(() => nginx.render({...plan, limits: {...plan.limits, bodyBytes: 1.5}}), {
		message: /whole number/,
	});
	t.throws(() => nginx.render({...plan, headers: [{name: 'A B', value: '', mode: 'if-absent'}]}), {
		message: /no header name/,
	});
});

test('a host that is a keyword of nginx maps is written as a name', t => {
	t.is(hostKey('default'), String.raw`"\\default"`);
	t.is(hostKey('*.wild.example'), '"*.wild.example"');
});

test('whatever the plan, braces close, and every proxying location carries the whole set of request headers', t => {
	fc.assert(
		fc.property(anyPlan, of => {
			const text = fileOf(of, 'nginx.conf');
			const proxying = blocks(text, /^\t*location /).filter(each => each.includes('proxy_pass '));
			t.true(proxying.length > 0);
			for (const location of proxying) {
				for (const name of [
					'Host',
					'X-Forwarded-For',
					'X-Forwarded-Proto',
					'X-Request-ID',
					'Proxy',
					'Forwarded',
				]) {
					t.regex(location, new RegExp(`proxy_set_header "?${name}"? `));
				}
			}

			// One `add_header` in a location would drop those of its server.
			t.false(blocks(text, /^\t*location /).some(each => each.includes('add_header')));
			t.true(text.includes('\tproxy_cache off;'));
		}),
		{numRuns: 50},
	);
	t.pass();
});

test('every header of the plan is always said on both TLS and plain answers, except HSTS over plain HTTP', t => {
	const [redirect = '', secure = ''] = blocks(fileOf(plan, 'nginx.conf'), /^\tserver \{/);
	for (const {name} of plan.headers) {
		const line = new RegExp(`add_header "${name}" .* always;`);
		t.regex(secure, line);
		if (name === 'Strict-Transport-Security') {
			t.notRegex(redirect, line);
		} else {
			t.regex(redirect, line);
		}
	}
});

test('TLS follows the plan: 1.3 alone when it says so, and never less than 1.2', t => {
	t.regex(fileOf(plan, 'nginx.conf'), /ssl_protocols TLSv1\.2 TLSv1\.3;/);
	t.regex(
		fileOf({...plan, tls: {minVersion: 'TLSv1.3', http3: false}}, 'nginx.conf'),
		/ssl_protocols TLSv1\.3;/,
	);
});

test('a drain of no seconds is not written as the zero that means for ever', t => {
	const of = {...plan, timeouts: {...plan.timeouts, drainSeconds: 0}};
	t.regex(fileOf(of, 'nginx.conf'), /worker_shutdown_timeout 1s;/);
	t.regex(fileOf(of, 'init.conf'), /^drain_seconds 0$/m);
});

test('the supervisor is told the ports, the health pages, the drain and the hosts, and nothing else', t => {
	const of: Plan = {...plan, hosts: ['a.example', '*.b.example']};
	t.is(
		fileOf(of, 'init.conf'),
		'application_port 3000\ninstances 1\nhealth 2 2 2 1\napplication_health /health\nlisten 8443\nlisten 8080\nproxy_health /healthz\ndrain_seconds 5\nstop_seconds 60\nhost a.example\nhost *.b.example\n',
	);
});
