import test from 'ava';
import fc from 'fast-check';
import {parse} from 'yaml';
import {refusals} from '../../frontend/proxies/features.ts';
import {pathRule} from '../../frontend/proxies/traefik/paths.ts';
import {quoted, yaml} from '../../frontend/proxies/traefik/yaml.ts';
import {traefik} from '../../frontend/proxies/traefik.ts';
import {anyPlan} from '../helpers/any-plan.ts';
import {plan} from '../helpers/plan.ts';

const DYNAMIC = '/opt/sallyport/conf/dynamic.yaml';

function fileOf(of: typeof plan, path: string): string {
	return traefik.render(of).find(file => file.path === path)?.content ?? '';
}

/** What our middleware makes of the comments. */
function layerOf(text: string): Record<string, unknown> {
	const lines = text.split('\n').filter(line => line.startsWith('#| '));
	return JSON.parse(lines.map(line => line.slice(3)).join('\n'));
}

/** All that a template of ours says. */
const OURS = [
	/^now \| unixEpoch$/,
	/^range \$i := until \(int \(default "1" \(env "SALLYPORT_INSTANCES"\)\)\)$/,
	/^add \d+ \$i$/,
	/^if env "SALLYPORT_CHECK"$/,
	/^(?:else|end)$/,
];

/** As Traefik's template engine leaves it, while the image is built. */
function filledIn(text: string): string {
	return text
		.replaceAll(/\{\{ else \}\}.*?\{\{ end \}\}/g, '')
		.replaceAll(/\{\{ add (\d+) \$i \}\}/g, '$1')
		.replaceAll(/\{\{[^}]*\}\}/g, '');
}

/** The words of the template that the file is, but for what is ours. */
function actionsIn(text: string): readonly string[] {
	return [...text.matchAll(/\{\{(.*?)\}\}/gs)].map(([, action = '']) => action.trim());
}

test('any printable text is one scalar of YAML that means it, and never a part of a template', t => {
	fc.assert(
		fc.property(
			fc.string({unit: fc.integer({min: 0x20, max: 0x7e}).map(code => String.fromCharCode(code))}),
			text => {
				t.is(parse(quoted(text)), text);
				t.false(quoted(text).includes('{'));
			},
		),
	);
	for (const text of ['a\nb', 'a\0', 'ü', '\u2028']) {
		t.throws(() => quoted(text), {instanceOf: TypeError, message: /Only printable ASCII/});
	}

	t.throws(() => yaml({a: 1.5}), {instanceOf: TypeError, message: /Only a whole number/});
});

test('whatever the plan, both files are YAML, and nothing of the plan is a template', t => {
	fc.assert(
		fc.property(anyPlan, of => {
			const text = fileOf(of, DYNAMIC);
			t.deepEqual(
				actionsIn(text).filter(action => !OURS.some(known => known.test(action))),
				[],
			);
			const {http, tls} = parse(filledIn(text));
			t.is(Object.keys(http.routers).length, of.routes.length + 7);
			t.is(tls.options.default.minVersion, of.tls.minVersion === 'TLSv1.3' ? 'VersionTLS13' : 'VersionTLS12');
			t.is(
				parse(fileOf(of, '/opt/sallyport/conf/traefik.yaml')).entryPoints.https.address,
				`:${of.listeners.https}`,
			);
			t.deepEqual(layerOf(text)['hosts'], of.hosts);
			t.is(layerOf(text)['healthPath'], of.healthPath);
		}),
		{numRuns: 50},
	);
});

test('a text with braces stays one, also where our middleware reads it', t => {
	const robots = 'User-agent: {{ env "SECRET" }} {{{{\n';
	const text = fileOf({...plan, pages: {...plan.pages, robots}}, DYNAMIC);
	t.deepEqual(actionsIn(text), ['now | unixEpoch']);
	t.is(layerOf(text)['robots'], robots);
});

test('the same plan gives the same bytes', t => {
	t.deepEqual(traefik.render(plan), traefik.render(structuredClone(plan)));
});

function matches(rule: string, path: string): boolean {
	const [, pattern = ''] = /^PathRegexp\(`\(\?i\)(.*)`\)$/.exec(rule) ?? [];
	return new RegExp(pattern, 'i').test(path);
}

test('the rule of a path is its literal text in any case, up to the end of a segment', t => {
	const prefix = pathRule({path: '/a.b/(c)`$', match: 'prefix'});
	for (const path of ['/a.b/(c)`$', '/A.B/(C)`$/x', '/a.b;x/(c)`$', '/a.b/%28c%29%60%24', '/a.b/(c)`$;x']) {
		t.true(matches(prefix, path), path);
	}

	for (const path of ['/aXb/(c)`$', '/a.b/(c)`$x', '/a.b/c`$', '/x/a.b/(c)`$']) {
		t.false(matches(prefix, path), path);
	}

	t.regex(prefix, /^[^`]*`[^`]*`\)$/, 'a backtick would end the rule');
	const exact = pathRule({path: '/exact', match: 'exact'});
	t.true(matches(exact, '/Exact/'));
	t.false(matches(exact, '/exact/x'));
	t.true(matches(pathRule({path: '/', match: 'prefix'}), '/anything'));
	t.false(matches(pathRule({path: '/', match: 'exact'}), '/anything'));
	t.throws(() => pathRule({path: '/a\nb', match: 'prefix'}), {instanceOf: TypeError});
});

test('instances that are counted only at the start are listed by the template', t => {
	const many = {
		...plan,
		application: {
			...plan.application,
			port: 4000,
			instances: 'auto' as const,
			health: {intervalSeconds: 2, timeoutSeconds: 2, failures: 2, passes: 1},
		},
	};
	const text = fileOf(many, DYNAMIC);
	t.true(actionsIn(text).some(action => action.includes('SALLYPORT_INSTANCES')));
	t.regex(text, /http:\/\/127\.0\.0\.1:\{\{ add 4000 \$i \}\}/);
});

test('a cache is refused, for Traefik has none', t => {
	const cached = {
		...plan,
		routes: plan.routes.map(route => ({...route, line: 7, cache: {ignoredCookies: []}})),
	};
	t.deepEqual(
		refusals('traefik', cached).map(({id, place}) => ({id, place})),
		[{id: 'cache', place: {line: 7}}],
	);
	t.deepEqual(refusals('traefik', plan), []);
});
