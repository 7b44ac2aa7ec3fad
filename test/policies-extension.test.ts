import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {parse} from 'yaml';
import {type ControlId, catalogue} from '../policies/catalogue.ts';
import {PolicyError} from '../policies/error.ts';
import {differencesBetween} from '../policies/extension.ts';
import {isCovered, matchesGlob} from '../policies/glob.ts';
import {inForce} from '../policies/grace.ts';
import {ruleCatalogue} from '../policies/rules/index.ts';
import {levels} from '../policies/setting.ts';
import {documentDigest} from '../proto/signed-document.ts';
import {builtIn, bundleFrom} from './helpers/bundle.ts';

const digests = Object.fromEntries(
	['baseline', 'soc2', 'soc2-strict'].map(name => [name, documentDigest(builtIn(name).document)]),
);

function child(spec: string, parent = 'baseline') {
	return bundleFrom(
		`apiVersion: sallyport.dev/v1
kind: PolicyBundle
metadata: {name: acme, version: 1.0.0}
spec:
  extends: [{name: ${parent}, digest: "${digests[parent]}"}]
${spec}`,
		'acme.yaml',
	);
}

const facts = new URL('../../shared/soc2/catalogue.json', import.meta.url);

interface Fact {
	readonly id: string;
	readonly levels: Readonly<Record<string, {readonly enforcement: string; readonly fix?: string}>>;
}

(existsSync(facts) ? test : test.skip)('all controls stand in all bundles at the levels of the facts', t => {
	const {controls} = JSON.parse(readFileSync(facts, 'utf8')) as {readonly controls: readonly Fact[]};
	t.is(controls.length, 134);
	for (const [name, column] of [
		['baseline', 'baseline'],
		['soc2', 'soc2'],
		['soc2-strict', 'strict'],
	] as const) {
		const {settings} = builtIn(name);
		const ours = controls.map(({id}) => {
			const {level, tiers, fix} = settings[id as ControlId];
			// A control that is an error only where it is certain is one all the same.
			const all = [level, ...Object.values(tiers)];
			const highest = id === 'gov-waivers-valid' ? level : levels.findLast(each => all.includes(each));
			return `${id} ${highest}${fix === 'auto' ? ' auto' : ''}`;
		});
		const theirs = controls.map(({id, levels: each}) => {
			const {enforcement, fix} = each[column] ?? {};
			return `${id} ${enforcement}${fix === 'auto' ? ' auto' : ''}`;
		});

		t.deepEqual(ours, theirs, name);
	}
});

test('each bundle is at least as strict as the one that it extends', t => {
	const family = ['baseline', 'hardened', 'soc2', 'soc2-strict'].map(builtIn);

	for (const [index, bundle] of family.slice(1).entries()) {
		const before = family[index];
		const weaker =
			before === undefined
				? []
				: differencesBetween(before, bundle).filter(({direction}) => direction === 'weaker');
		t.deepEqual(weaker, []);
		t.deepEqual(
			bundle.parents.map(parent => parent.bundle.name),
			[before?.name],
		);
	}

	t.deepEqual(
		family.map(({terms}) => [terms.approval, terms.onNotEvaluated, terms.waiverLimits.critical]),
		[
			[{isRequired: false, quorum: 1}, 'info', 30],
			[{isRequired: false, quorum: 1}, 'info', 30],
			[{isRequired: true, quorum: 1}, 'warn', 14],
			[{isRequired: true, quorum: 2}, 'error', 7],
		],
	);
	t.deepEqual(
		family.map(({terms}) => [terms.evidence.retentionDays, terms.rollout.graceDays]),
		[
			[365, 0],
			[365, 0],
			[550, 30],
			[1095, 0],
		],
	);
});

test('no bundle stops a build for a rule of low severity that feeds no control', t => {
	for (const name of ['baseline', 'soc2', 'soc2-strict']) {
		const {rules} = builtIn(name);
		const stopping = Object.entries(ruleCatalogue).filter(
			([id, {control, severity}]) =>
				control === undefined &&
				['medium', 'low', 'info'].includes(severity) &&
				rules[id as keyof typeof rules].level === 'error',
		);
		t.deepEqual(stopping, [], name);
	}

	const {rules} = builtIn('baseline');
	const errors = Object.entries(rules).filter(([, {level}]) => level === 'error');
	t.deepEqual(errors.map(([id]) => id).toSorted(), ['proxy-policy-complete', 'valid-plan']);
});

test('what a child does not name is as in the bundle that it extends', t => {
	const bundle = child('  rules: {base-approved-source: {enforcement: error}}\n');
	const baseline = builtIn('baseline');

	t.is(bundle.settings['base-approved-source'].level, 'error');
	t.is(bundle.rules['approved-base'].level, 'error');
	t.deepEqual(bundle.settings['secret-no-env'], baseline.settings['secret-no-env']);
	t.deepEqual(bundle.rules['no-secret-names'], baseline.rules['no-secret-names']);
});

test('of several bundles the strictest of each setting holds', t => {
	const both = `[{name: soc2, digest: "${digests['soc2']}"}, {name: baseline, digest: "${digests['baseline']}"}]`;
	const bundle = bundleFrom(
		`apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: acme, version: 1.0.0}\nspec:\n  extends: ${both}\n  rules: {}\n`,
	);

	for (const id of Object.keys(catalogue) as ControlId[]) {
		t.is(bundle.settings[id].level, builtIn('soc2').settings[id].level, id);
	}

	t.is(bundle.terms.approval.isRequired, true);
	t.is(bundle.terms.evidence.retentionDays, 550);
});

const weaker: Readonly<Record<string, readonly [spec: string, words: RegExp]>> = {
	'a lower level': [
		'  rules:\n    proxy-config-valid: {enforcement: warn}\n',
		/^acme\.yaml:7: proxy-config-valid: enforcement is error .* warn is less strict/,
	],
	'a lower level of one rule': [
		'  rules: {valid-plan: {enforcement: info}}\n',
		/valid-plan: enforcement is error/,
	],
	'a lower tier': [
		'  rules: {secret-no-env: {enforcement: warn, tiers: {T1: warn}}}\n',
		/tiers\.T1 is error .* warn is less strict/,
	],
	'a repair that is no longer made': [
		'  rules: {base-digest-pinned: {fix: never}}\n',
		/fix is auto .* never is less strict/,
	],
	'a rule without a control': [
		'  defaults: {severities: {high: info}}\n  rules: {}\n',
		/severities\.high is warn .* info is less strict.*spec\.weaken/,
	],
	'a longer waiver': [
		'  waiverLimits: {critical: 60d}\n  rules: {}\n',
		/critical is 30 .* 60 is less strict/,
	],
	'less to be kept': ['  approval: {required: false}\n  rules: {}\n', /required is true .* false is less/],
};

for (const [name, [spec, words]] of Object.entries(weaker)) {
	test(`a child is refused with ${name}`, t => {
		const error = t.throws(() => child(spec, name === 'less to be kept' ? 'soc2' : 'baseline'), {
			instanceOf: PolicyError,
		});

		t.is(error.code, 'POLICY_WEAKENED');
		t.regex(error.message, words);
	});
}

test('a child may take something less strictly when it says why', t => {
	const weaken = '{reason: The front-end migration ends in March (FE-88)., riskRef: RISK-12}';
	const bundle = child(`  rules: {hdr-nosniff: {enforcement: info, fix: never, weaken: ${weaken}}}\n`);

	t.is(bundle.settings['hdr-nosniff'].level, 'info');
	t.is(bundle.weakened['hdr-nosniff']?.riskRef, 'RISK-12');
	t.throws(() => child('  rules: {hdr-nosniff: {enforcement: info, weaken: {reason: because}}}\n'), {
		message: /weaken\.reason is a sentence of 20 to 500/,
	});
});

test('a list of what is allowed may only narrow', t => {
	const allow = (list: string): string => `  rules: {base-approved-source: {params: {allow: ${list}}}}\n`;
	const parent = child(allow('["docker.io/library/*", "ghcr.io/acme/*"]'));
	const digest = documentDigest(parent.document);
	const grandchild = (list: string) => () =>
		bundleFrom(
			`apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: team, version: 1.0.0}\nspec:\n  extends: [{name: acme, digest: "${digest}"}]\n${allow(list)}`,
			'team.yaml',
			[parent],
		);

	t.notThrows(grandchild('["ghcr.io/acme/*"]'));
	t.notThrows(grandchild('["ghcr.io/acme/base/*", "docker.io/library/debian"]'));
	for (const wider of [
		'["*"]',
		'["docker.io/library/**", "ghcr.io/*/base"]',
		'["ghcr.io/*"]',
		'["docker.io/library/*", "quay.io/acme/*"]',
	]) {
		t.throws(grandchild(wider), {code: 'POLICY_WEAKENED', message: /params\.allow/});
	}
});

test('what is extended must be the very bundle that was looked at', t => {
	const from =
		(digest: string, name = 'baseline') =>
		() =>
			bundleFrom(
				`apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: acme, version: 1.0.0}\nspec:\n  extends:\n    - {name: ${name}, digest: "${digest}"}\n  rules: {}\n`,
				'acme.yaml',
			);

	t.throws(from(`sha256:${'0'.repeat(64)}`), {
		message: new RegExp(`^acme\\.yaml:6: .*the one beside it is ${digests['baseline']}`),
	});
	t.throws(from(digests['baseline'] ?? '', 'nowhere'), {message: /there is no such bundle beside it/});
	t.throws(from('latest'), {message: /digest is the digest of the bundle/});
});

test('a bundle that extends itself ends', t => {
	const text = `apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: acme, version: 1.0.0}\nspec:\n  extends: [{name: acme, digest: "sha256:${'0'.repeat(64)}"}]\n  rules: {}\n`;

	t.throws(() => bundleFrom(text, 'acme.yaml', [{name: 'acme', text}]), {message: /in a circle/});
});

test('an error in its time of grace warns, and never less than the bundle that is extended', t => {
	const soc2 = builtIn('soc2');
	const adopted = '2027-01-01T00:00:00Z';
	const during = inForce(soc2, new Date('2027-01-15T00:00:00Z'), adopted);
	const after = inForce(soc2, new Date('2027-01-31T00:00:00Z'), adopted);

	t.is(during.settings['image-user-non-root'].level, 'warn');
	t.is(during.rules['user-set'].level, 'warn');
	t.deepEqual(during.rules['user-set'].grace, {until: '2027-01-31T00:00:00.000Z'});
	// Baseline stops a build for these, so soc2 does from its first day.
	t.is(during.settings['proxy-config-valid'].level, 'error');
	t.is(during.settings['secret-no-env'].tiers['T1'], 'error');
	t.is(during.settings['secret-no-env'].level, 'warn');
	// With grace for this, a bundle that nobody approved would judge.
	t.is(during.settings['gov-policy-approved'].level, 'error');
	t.is(during.rules['approved-policy'].level, 'error');
	t.is(after.settings['image-user-non-root'].level, 'error');
	t.is(after.rules['user-set'].grace, undefined);
	t.is(inForce(soc2, new Date('2027-01-15T00:00:00Z')).settings['image-user-non-root'].level, 'error');
});

test('a control may be enforced from a day on', t => {
	const bundle = child(
		'  rules: {base-approved-source: {enforcement: error, enforceFrom: "2027-03-01T00:00:00+01:00"}}\n',
	);

	t.is(inForce(bundle, new Date('2027-02-28T22:59:59Z')).settings['base-approved-source'].level, 'warn');
	t.is(inForce(bundle, new Date('2027-02-28T22:59:59Z')).rules['approved-base'].level, 'warn');
	t.is(inForce(bundle, new Date('2027-02-28T23:00:00Z')).settings['base-approved-source'].level, 'error');
	t.throws(() => child('  rules: {base-approved-source: {enforceFrom: "2027-02-30T00:00:00Z"}}\n'), {
		message: /enforceFrom is a moment such as/,
	});
	t.throws(() => child('  rules: {base-approved-source: {enforceFrom: "2027-02-20"}}\n'), {
		message: /enforceFrom is a moment such as/,
	});
});

test('grace of the bundle that is extended runs from the day that its child was adopted', t => {
	const bundle = child('  rollout: {adoptedAt: "2027-02-01T00:00:00Z"}\n  rules: {}\n', 'soc2');

	t.is(inForce(bundle, new Date('2027-02-10T00:00:00Z')).settings['image-user-non-root'].level, 'warn');
	t.is(inForce(bundle, new Date('2027-03-10T00:00:00Z')).settings['image-user-non-root'].level, 'error');
});

const hostile: Readonly<Record<string, readonly [text: string, words: RegExp]>> = {
	'nested without end': [`a: ${'['.repeat(100_000)}`, /nested more than \d+ deep/],
	'a scalar': ['hello', /a bundle is a mapping/],
	'bytes that are no UTF-8': ['kind: \uFFFD\n', /^acme\.yaml is not UTF-8/],
	nothing: ['', /a bundle is a mapping/],
	'a list': ['- a\n', /a bundle is a mapping/],
	'an unknown part of spec': [
		'apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: a, version: 1.0.0}\nspec: {rules: {}, rule: {}}\n',
		/"rule" is not a key of spec/,
	],
	prototypes: [
		'apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: a, version: 1.0.0}\nspec:\n  rules:\n    __proto__: {enforcement: error}\n',
		/names "__proto__"/,
	],
	'a control character in its name': [
		'apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: "a\\e[31m", version: 1.0.0}\nspec: {rules: {}}\n',
		/metadata\.name is a name/,
	],
	'a version that YAML takes for a number': [
		'apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: a, version: 1.0}\nspec: {rules: {}}\n',
		/metadata\.version is a version such as 1\.4\.0/,
	],
};

for (const [name, [text, words]] of Object.entries(hostile)) {
	test(`a bundle with ${name} is refused in one sentence`, t => {
		const error = t.throws(() => bundleFrom(text, 'acme.yaml'), {instanceOf: PolicyError});

		t.regex(error.message, words);
		t.false(error.message.includes('\n'));
		t.false(error.message.includes('\u001B'));
	});
}

test('a pattern of images is covered only by one that means all of them', t => {
	t.true(isCovered('ghcr.io/acme/x', ['ghcr.io/acme/*']));
	t.true(isCovered('ghcr.io/acme/x/y', ['ghcr.io/acme/*']));
	t.true(isCovered('ghcr.io/acme/*', ['ghcr.io/acme/**']));
	t.true(isCovered('ghcr.io/acme/*-base', ['ghcr.io/*/*-base']));
	t.true(isCovered('*', ['**']));
	t.false(isCovered('ghcr.io/a/b/x-base', ['ghcr.io/*/x-base']));
	t.false(isCovered('ghcr.io/**/x', ['ghcr.io/*/x']));
	t.false(isCovered('ghcr.io/*', ['ghcr.io/acme/*']));
	t.false(isCovered('ghcr.io/acmes', ['ghcr.io/acme']));
});

test('a pattern knows one sign, and takes no time', t => {
	t.true(matchesGlob('docker.io/library/*', 'docker.io/library/debian'));
	t.true(matchesGlob('*-k*', 'curl -k x'));
	t.true(matchesGlob('a*b*c', 'a1b2b3c'));
	t.true(matchesGlob('*', ''));
	t.false(matchesGlob('a*b*c', 'ac'));
	t.false(matchesGlob('a*a', 'a'));
	t.false(matchesGlob('abc', 'abcd'));
	t.false(matchesGlob('a.c', 'abc'));
	const started = performance.now();
	for (let round = 0; round < 1000; round += 1) {
		matchesGlob('*a*a*a*a*a*a*a*b', 'a'.repeat(4000));
	}

	t.true(performance.now() - started < 2000);
});

test('whatever stands in a bundle, it is read or refused with a sentence', t => {
	const text = `apiVersion: sallyport.dev/v1
kind: PolicyBundle
metadata: {name: acme, version: 1.0.0}
spec:
  extends: [{name: baseline, digest: "${digests['baseline']}"}]
  rules: {secret-no-env: {enforcement: error, tiers: {T1: error}, params: {allow: [a]}}}
  own: [{id: x-a, title: A, severity: low, message: B, match: {instruction: RUN, word: "*"}}]
`;
	const piece = fc.constantFrom(
		'{',
		'}',
		'[',
		']',
		':',
		'- ',
		'"',
		'&a ',
		'*a',
		'!!js/function ',
		'\n',
		'\t',
		'~',
		'1e999',
		'__proto__: {}',
		'<<: ',
		'\u0000',
		'%',
		'? ',
		'|\n',
		'null',
	);
	let read = 0;
	fc.assert(
		fc.property(fc.nat(text.length), fc.nat(12), piece, (at, cut, insert) => {
			const wrong = text.slice(0, at) + insert + text.slice(at + cut);
			try {
				bundleFrom(wrong, 'acme.yaml');
				read += 1;
			} catch (error) {
				t.true(error instanceof PolicyError, String(error));
				t.false(error instanceof PolicyError && error.message.includes('\n'));
			}
		}),
		{numRuns: 500},
	);
	t.true(read > 0 && read < 500);
});

test('many bundles that extend the same ones are put together once each', t => {
	const layers = Array.from({length: 7}, (_, layer) =>
		Array.from({length: 4}, (_each, index) => `b${layer}-${index}`),
	);
	const textOf = (
		name: string,
		parents: readonly {readonly name: string; readonly text: string}[],
	): string => {
		const list = parents.map(
			parent => `{name: ${parent.name}, digest: "${documentDigest(parse(parent.text))}"}`,
		);
		return `apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: ${name}, version: 1.0.0}\nspec:\n  extends: [${list.join(', ')}]\n  rules: {}\n`;
	};
	const all: {readonly name: string; readonly text: string}[] = [];
	let below: readonly {readonly name: string; readonly text: string}[] = [];
	for (const layer of layers) {
		below = layer.map(name => ({name, text: textOf(name, below)}));
		all.push(...below);
	}

	const started = performance.now();
	const bundle = bundleFrom(textOf('top', below), 'top.yaml', all);

	t.is(bundle.parents.length, 4);
	t.is(inForce(bundle, new Date()).name, 'top');
	t.true(performance.now() - started < 10_000);
});

test('a rule that only names its repair keeps it in those that extend, and weighs what its control weighs there', t => {
	const [baseline, soc2] = ['baseline', 'soc2'].map(builtIn);

	t.is(baseline?.settings['health-check-defined'].fix, 'auto');
	t.is(baseline?.rules['sensible-health-check'].fix, 'suggest');
	t.is(soc2?.rules['sensible-health-check'].fix, 'suggest');
	t.is(baseline?.rules['user-set'].level, 'warn');
	t.is(soc2?.rules['user-set'].level, 'error');
	t.is(soc2?.rules['user-set'].fix, 'auto');
});
