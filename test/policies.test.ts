import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import type {Bundle} from '../policies/bundle.ts';
import {type ControlId, catalogue, isControlId} from '../policies/catalogue.ts';
import {decide, levelOf} from '../policies/decide.ts';
import {PolicyError} from '../policies/error.ts';
import {type Finding, outcomes} from '../policies/finding.ts';
import {parseBundle} from '../policies/parse-bundle.ts';
import {levels} from '../policies/setting.ts';

const text = readFileSync(new URL('../policies/bundles/baseline.yaml', import.meta.url), 'utf8');
const baseline = parseBundle(text, 'baseline.yaml');

function bundleWith(rules: string): Bundle {
	return parseBundle(
		`apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: test, version: 1.0.0}\nspec:\n  rules:\n${rules}`,
		'test.yaml',
	);
}

function finding(control: ControlId, result: Finding['result'], tier?: string): Finding {
	return {control, result, message: 'So it is.', ...(tier === undefined ? {} : {tier})};
}

test('baseline stops a build for certain secrets, key files and a proxy that cannot run', t => {
	const stopping = (Object.keys(catalogue) as ControlId[])
		.filter(id => catalogue[id].judgedAt === 'build' || catalogue[id].judgedAt === 'both')
		.filter(id =>
			[baseline.settings[id].level, ...Object.values(baseline.settings[id].tiers)].includes('error'),
		);

	t.deepEqual(stopping, [
		'secret-no-env',
		'secret-no-file-in-layer',
		'secret-no-history',
		'proxy-config-valid',
	]);
	t.is(baseline.settings['secret-no-env'].level, 'warn');
	t.deepEqual(baseline.settings['secret-no-env'].tiers, {T1: 'error', T2: 'warn'});
});

test('a control that a bundle leaves out takes its defaults, and without those a warning', t => {
	t.deepEqual(bundleWith('    secret-no-env: {enforcement: error}\n').settings['base-no-mutable-tag'], {
		level: 'warn',
		fix: 'never',
		tiers: {},
		params: {},
	});
	t.is(baseline.settings['ev-collector-alive'].fix, 'suggest');
});

const mistakes: Readonly<Record<string, readonly [from: string, to: string, code: string, words: RegExp]>> = {
	'an unknown control': [
		'base-no-mutable-tag:',
		'base-no-mutable-tags:',
		'POLICY_UNKNOWN_CONTROL',
		/baseline\.yaml:25: .*"base-no-mutable-tags"/,
	],
	'an unknown level': [
		'enforcement: error',
		'enforcement: fatal',
		'POLICY_BAD_SHAPE',
		/enforcement is one of off, info, warn, error/,
	],
	'an unknown tier level': ['T1: error', 'T1: stop', 'POLICY_BAD_SHAPE', /tiers\.T1 is one of/],
	'an unknown key': ['fix: auto', 'repair: auto', 'POLICY_BAD_SHAPE', /"repair" is not a key of a setting/],
	'another kind of document': [
		'kind: PolicyBundle',
		'kind: Waiver',
		'POLICY_BAD_SHAPE',
		/a bundle starts with/,
	],
	'no name': ['  name: baseline\n', '', 'POLICY_BAD_SHAPE', /metadata\.name is missing/],
	'broken YAML': ['spec:', 'spec: {', 'POLICY_BAD_YAML', /^baseline\.yaml:\d+: /],
	'a key that comes twice': ['image-user-non-root:', 'base-no-mutable-tag:', 'POLICY_BAD_YAML', /unique/],
};

for (const [name, [from, to, code, words]] of Object.entries(mistakes)) {
	test(`a bundle with ${name} is refused with its line`, t => {
		const wrong = text.replace(from, to);
		t.not(wrong, text);

		const error = t.throws(() => parseBundle(wrong, 'baseline.yaml'), {instanceOf: PolicyError});

		t.is(error.code, code as typeof error.code);
		t.regex(error.message, words);
		t.regex(error.message, /^baseline\.yaml:\d+: /);
	});
}

test('a bundle of a megabyte is not read', t => {
	const error = t.throws(() => parseBundle('#'.repeat(1024 * 1024), 'big.yaml'), {instanceOf: PolicyError});

	t.is(error.code, 'POLICY_BAD_YAML');
});

test('aliases are not expanded', t => {
	const aliases = text
		.replace('tiers: {T1: error, T2: warn}', 'tiers: &a {T1: error, T2: warn}')
		.replace('image-user-non-root: {enforcement: warn}', 'image-user-non-root: {tiers: *a}');
	t.regex(aliases, /\*a/);

	const error = t.throws(() => parseBundle(aliases, 'baseline.yaml'), {instanceOf: PolicyError});

	t.regex(error.message, /aliases are not read/);
});

test('the prototype is not a catalogue', t => {
	t.false(isControlId('constructor'));
	t.false(isControlId('__proto__'));
	t.true(isControlId('secret-no-env'));
});

test('a finding takes the level of its tier, where the bundle names it', t => {
	t.is(levelOf({control: 'secret-no-env', tier: 'T1'}, baseline), 'error');
	t.is(levelOf({control: 'secret-no-env', tier: 'T2'}, baseline), 'warn');
	t.is(levelOf({control: 'secret-no-env', tier: 'T9'}, baseline), 'warn');
	t.is(levelOf({control: 'secret-no-env', tier: 'constructor'}, baseline), 'warn');
});

test('only a failure at error level fails a verdict', t => {
	const judged = ['secret-no-env', 'base-no-mutable-tag', 'proxy-config-valid'] as const;
	const outcome = (...findings: readonly Finding[]): string => decide(findings, judged, baseline).outcome;

	t.is(outcome(), 'pass');
	t.is(outcome(finding('base-no-mutable-tag', 'fail')), 'pass');
	t.is(outcome(finding('secret-no-env', 'fail', 'T2')), 'pass');
	t.is(outcome(finding('secret-no-env', 'fail', 'T2'), finding('secret-no-env', 'fail', 'T1')), 'fail');
	t.is(outcome(finding('proxy-config-valid', 'fail')), 'fail');
	t.is(outcome(finding('proxy-config-valid', 'not-applicable')), 'pass');
});

test('a required control that could not be looked at is incomplete, and never a pass', t => {
	const outcome = (result: Finding['result']): string =>
		decide([finding('proxy-config-valid', result)], ['proxy-config-valid'], baseline).outcome;

	t.is(outcome('not-evaluated'), 'incomplete');
	t.is(outcome('error'), 'incomplete');
	t.is(outcome('fixed'), 'pass');
});

test('what could not be looked at weighs its full level, beside a small failure too', t => {
	const strict = bundleWith('    secret-no-env: {enforcement: error, tiers: {T2: warn}}\n');
	const findings = [finding('secret-no-env', 'fail', 'T2'), finding('secret-no-env', 'not-evaluated')];

	const {outcome, checks} = decide(findings, ['secret-no-env'], strict);

	t.is(outcome, 'incomplete');
	t.is(checks[0]?.level, 'error');
	t.is(decide(findings.slice(0, 1), ['secret-no-env'], strict).checks[0]?.level, 'warn');
});

test('silence is a pass only for a control that was asked', t => {
	const {checks, counts} = decide([], ['secret-no-env'], baseline);

	t.deepEqual(
		checks.map(({control, result}) => [control, result]),
		[['secret-no-env', 'pass']],
	);
	t.is(counts.pass, 1);
});

test('a control at level off is left out', t => {
	const off = bundleWith('    base-no-mutable-tag: {enforcement: "off"}\n');

	t.deepEqual(decide([finding('base-no-mutable-tag', 'fail')], ['base-no-mutable-tag'], off).checks, []);
});

test('more findings never make a verdict better', t => {
	const controls = ['secret-no-env', 'proxy-config-valid', 'base-no-mutable-tag'] as const;
	const bad = fc.record({
		control: fc.constantFrom(...controls),
		result: fc.constantFrom('fail', 'error', 'not-evaluated', 'not-applicable', 'fixed'),
		tier: fc.constantFrom('T1', 'T2'),
		message: fc.constant('So it is.'),
	}) as fc.Arbitrary<Finding>;
	const goodness = ['fail', 'incomplete', 'pass'];
	fc.assert(
		fc.property(fc.array(bad), bad, (findings, more) => {
			const before = decide(findings, controls, baseline);
			const after = decide([...findings, more], controls, baseline);
			const sum = outcomes.reduce((total, outcome) => total + after.counts[outcome], 0);

			t.true(goodness.indexOf(after.outcome) <= goodness.indexOf(before.outcome));
			t.is(sum, controls.length);
		}),
	);
	t.deepEqual(levels, ['off', 'info', 'warn', 'error']);
});
