import {readFileSync} from 'node:fs';
import test from 'ava';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {examine, openDockerfile} from '../../frontend/examine.ts';
import type {Judged} from '../../frontend/judge.ts';
import {noProject} from '../../frontend/project.ts';
import {reportText} from '../../frontend/report.ts';
import {ignoresOf} from '../../frontend/rules/ignores.ts';
import type {Bundle} from '../../policies/bundle.ts';
import {parseBundle} from '../../policies/parse-bundle.ts';
import {ruleNames} from '../../policies/rules/names.ts';

const baseline = parseBundle(
	readFileSync(new URL('../../policies/bundles/baseline.yaml', import.meta.url), 'utf8'),
	'baseline.yaml',
);
const strict: Bundle = {
	...baseline,
	rules: {
		...baseline.rules,
		'no-latest-tag': {...baseline.rules['no-latest-tag'], level: 'error'},
	},
};
const DIGEST = `sha256:${'a'.repeat(64)}`;

function findings(dockerfile: string, bundle = baseline) {
	const opened = openDockerfile({
		file: 'Dockerfile',
		bytes: new TextEncoder().encode(dockerfile),
		target: undefined,
		buildArgs: new Map(),
		contexts: new Set(),
	});
	return examine(opened, {
		bundle,
		project: noProject,
		images: new Map([['node:24', {digest: DIGEST, user: 'node', hasHealthcheck: true}]]),
		proxy: 'none',
		isOffline: false,
		contextFiles: [],
	});
}

function of(rule: string, dockerfile: string, bundle?: Bundle): Judged | undefined {
	return findings(dockerfile, bundle).findings.find(
		finding => finding.rule === rule && finding.result !== 'pass',
	);
}

test('an ignore with a reason makes a finding weigh less, and it stays a failure', t => {
	const found = of('no-latest-tag', '# sallyport ignore=no-latest-tag reason="a demo"\nFROM node:latest\n');

	t.is(found?.result, 'fail');
	t.is(found?.level, 'info');
	t.deepEqual(found?.ignored, {reason: 'a demo', line: 1});
});

test('an ignore without a reason changes nothing', t => {
	for (const reason of ['', ' reason=', ' reason=""', ' reason="  - "']) {
		const found = of('no-latest-tag', `# sallyport ignore=no-latest-tag${reason}\nFROM node:latest\n`);

		t.is(found?.level, 'warn', reason);
		t.is(found?.ignored, undefined);
	}
});

test("an ignore may use another tool's name for a rule", t => {
	t.is(of('no-latest-tag', '# sallyport ignore=DL3007 reason=demo\nFROM node:latest\n')?.level, 'info');
	t.is(of('no-latest-tag', '# sallyport ignore=AVD-DS-0001 reason=demo\nFROM node:latest\n')?.level, 'info');
});

test('an ignore is about the next instruction only, and global about all of them', t => {
	const stages = 'FROM node:latest AS a\nFROM node:latest\nCOPY --from=a /a /a\n';
	const levels = (dockerfile: string) =>
		findings(dockerfile)
			.findings.filter(({rule}) => rule === 'no-latest-tag')
			.map(({level}) => level);

	t.deepEqual(levels(`# sallyport ignore=no-latest-tag reason=demo\n\n# prose\n${stages}`), ['info', 'warn']);
	t.deepEqual(levels(`# sallyport global ignore=no-latest-tag reason=demo\n${stages}`), ['info', 'info']);
	t.deepEqual(levels(`${stages}# sallyport ignore=no-latest-tag reason=demo\n`), ['warn', 'warn']);
});

test('what is left for a reason is not repaired', t => {
	const ignored = findings('# sallyport ignore=pinned-base reason="pinned by CI"\nFROM node:24\n');
	const other = findings('FROM node:24\n');

	t.false(new TextDecoder().decode(ignored.bytes).includes(DIGEST));
	t.true(new TextDecoder().decode(other.bytes).includes(DIGEST));
});

test('at level error an ignore is a request: the build stays stopped', t => {
	const dockerfile = '# sallyport ignore=no-latest-tag reason="a demo"\nFROM node:latest\n';
	const found = of('no-latest-tag', dockerfile, strict);

	t.is(found?.level, 'error');
	t.is(found?.ignored, undefined);
	t.regex(found?.message ?? '', /line 1 .* signed waiver/);
	t.is(findings(dockerfile, strict).verdict.outcome, 'fail');
});

test('what another tool is told to ignore is shown with the finding, and silences nothing', t => {
	const told: Readonly<Record<string, Judged['told']>> = {
		'# hadolint ignore=DL3007,SC2046\n': {tool: 'hadolint', line: 1},
		'# prose says why\n# hadolint ignore=DL3007\n': {tool: 'hadolint', line: 2, reason: 'prose says why'},
		'# hadolint ignore=DL3007 because\n': {tool: 'hadolint', line: 1, reason: 'because'},
		'# hadolint global ignore=DL3007\nARG A\n': {tool: 'hadolint', line: 1},
		'#trivy:ignore:DS-0001\n': {tool: 'Trivy', line: 1},
		'# trivy:ignore:AVD-DS-0001:exp:2030-01-01\n': {tool: 'Trivy', line: 1},
		'# checkov:skip=CKV_DOCKER_7:reviewed\n': {tool: 'Checkov', line: 1, reason: 'reviewed'},
		'# kics-scan ignore-line\n': {tool: 'KICS', line: 1},
	};
	for (const [comment, expected] of Object.entries(told)) {
		const found = of('no-latest-tag', `${comment}FROM node:latest\n`);

		t.deepEqual(found?.told, expected, comment);
		t.is(found?.level, 'warn');
	}

	t.is(of('no-latest-tag', '# hadolint ignore=DL3008\nFROM node:latest\n')?.told, undefined);
});

test('a report tells what the comments say, beside the finding', t => {
	const dockerfile =
		'# hadolint ignore=DL3007\n# sallyport ignore=no-latest-tag reason="a demo"\nFROM node:latest\n';
	const text = reportText(findings(dockerfile));

	t.regex(text, /no-latest-tag[^▲●]*○ ignored on line 2: a demo\n/);
	t.regex(text, /no-latest-tag[^▲●]*○ hadolint is told to ignore it, on line 1\n/);
});

test("BuildKit's own directive is about the whole file", t => {
	const [skip] = ignoresOf(
		parseDockerfile(
			new TextEncoder().encode('# check=skip=StageNameCasing,FromAsCasing;error=true\nFROM a\n'),
		),
	);

	t.deepEqual(skip?.names, ['StageNameCasing', 'FromAsCasing']);
	t.is(skip?.scope, 'file');
	t.true(ruleNames().ofBuildKit.length > 15);
});

test('the rules that judge ignores cannot be ignored', t => {
	const dockerfile =
		'# sallyport global ignore=reasoned-ignores reason=no\n# sallyport ignore=no-latest-tag\nFROM node:latest\n';

	t.is(of('reasoned-ignores', dockerfile)?.ignored, undefined);
});

test("an ignore may name an organisation's own rule", t => {
	const found = of('reasoned-ignores', '# sallyport ignore=x-no-friday reason=demo\nFROM scratch\n');

	t.is(found, undefined);
});

test('a file of nothing but ignores is read in linear time', t => {
	const started = performance.now();
	const lines = '# sallyport ignore=pinned-base,no-latest-tag,DL3006 reason="x"\n'.repeat(8000);

	findings(`${lines}FROM node:latest\n${'# hadolint ignore=DL3007,DL3008\nRUN true\n'.repeat(8000)}`);

	t.true(performance.now() - started < 10_000);
});
