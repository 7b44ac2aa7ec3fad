import test from 'ava';
import type {Derivation} from '../../frontend/derive-plan.ts';
import {readProject} from '../../frontend/read-project.ts';
import {strengthen} from '../../frontend/strengthen.ts';
import type {Bundle} from '../../policies/bundle.ts';
import {PolicyError} from '../../policies/error.ts';
import {builtIn} from '../helpers/bundle.ts';
import {derive as deriveFrom} from '../helpers/derive.ts';

const FILE = '.sallyport.yaml';
const exposed = 'FROM scratch\nEXPOSE 3000';

const derive = (project: string, dockerfile = exposed, bundle?: Bundle): Derivation =>
	deriveFrom(dockerfile, {project, bundle});

test('addresses are truncated where privacy is in scope, and nobody but the bundle takes that back', t => {
	const soc2 = builtIn('soc2');
	const isPrivate: Bundle = {
		...soc2,
		terms: {...soc2.terms, scope: {...soc2.terms.scope, categories: ['security', 'privacy']}},
	};

	t.false(derive('', exposed, soc2).plan?.logs.truncatesAddresses ?? true);
	t.true(derive('', exposed, isPrivate).plan?.logs.truncatesAddresses);
	t.true(derive('proxy: {logs: {addresses: truncated}}', exposed, soc2).plan?.logs.truncatesAddresses);
	const full = readProject('proxy:\n  logs:\n    addresses: full\n', FILE);
	const error = t.throws(() => strengthen(isPrivate, full), {instanceOf: PolicyError});
	t.is(error.line, 3);
	t.regex(error.message, /^\.sallyport\.yaml:3: .*privacy in scope/);
	t.notThrows(() => strengthen(soc2, full));
});

test('what a bundle bounds bounds what nobody asked for, too', t => {
	const soc2 = builtIn('soc2');
	const {settings, rules} = soc2;
	const bounded: Bundle = {
		...soc2,
		settings: {
			...settings,
			'proxy-tls-min-version': {...settings['proxy-tls-min-version'], params: {minVersion: 1.3}},
		},
		rules: {
			...rules,
			'limited-requests': {...rules['limited-requests'], params: {maxRate: 20, maxConnections: 5000}},
			'limited-bodies': {...rules['limited-bodies'], params: {maxBytes: 65_536}},
		},
	};
	const {plan} = derive('', exposed, bounded);

	t.deepEqual(plan?.limits, {bodyBytes: 65_536, requestsPerSecond: 20, burst: 100, connections: 50});
	t.is(plan?.tls.minVersion, 'TLSv1.3');
	const older = readProject('proxy:\n  tls:\n    profile: intermediate\n', FILE);
	const error = t.throws(() => strengthen(bounded, older), {instanceOf: PolicyError});
	t.regex(error.message, /^\.sallyport\.yaml:3: .*wants 1\.3/);
});

test('a header with the name of what every object has is a header', t => {
	const project = readProject('headers: {override: {constructor: a, toString: b}}', FILE);

	t.notThrows(() => strengthen(builtIn('soc2'), project));
	t.is(derive('headers: {override: {constructor: a}}').plan?.headers.at(-1)?.name, 'constructor');
});

test('a header of the proxy goes where the bundle lets it go, and nowhere else', t => {
	const cases = [
		[
			'headers:\n  remove: [Permissions-Policy]\n',
			'soc2',
			2,
			/wants a Permissions-Policy \(hdr-permissions: warn\)/,
		],
		[
			'headers:\n  override:\n    Cross-Origin-Opener-Policy: unsafe-none\n',
			'soc2',
			3,
			/Cross-Origin-Opener-Policy other than "unsafe-none"/,
		],
		[
			'routes:\n  - path: /a\n    headers: {override: {Cross-Origin-Resource-Policy: cross-origin}}\n',
			'soc2',
			2,
			/hdr-cors: error/,
		],
	] as const;
	for (const [text, bundle, line, words] of cases) {
		const error = t.throws(() => strengthen(builtIn(bundle), readProject(text, FILE)), {
			instanceOf: PolicyError,
		});
		t.is(error.code, 'POLICY_WEAKENED');
		t.is(error.line, line);
		t.regex(error.message, words);
	}

	const allowed = readProject('headers: {remove: [Permissions-Policy]}', FILE);
	t.notThrows(() => strengthen(builtIn('baseline'), allowed));
	t.false(
		derive('headers: {remove: [Permissions-Policy]}').plan?.headers.some(
			({name}) => name === 'Permissions-Policy',
		),
	);
});
