import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {stageOf} from '../../frontend/dockerfile/stages.ts';
import {type Examined, examine, openDockerfile} from '../../frontend/examine.ts';
import {ask, judge} from '../../frontend/judge.ts';
import {readProject} from '../../frontend/read-project.ts';
import {reportJson, reportText} from '../../frontend/report.ts';
import {rewrite} from '../../frontend/rewrite.ts';
import type {ImageFacts} from '../../frontend/rules/rule.ts';
import {subjectOf} from '../../frontend/rules/subject.ts';
import {strengthen} from '../../frontend/strengthen.ts';
import {parseBundle} from '../../policies/parse-bundle.ts';

const baseline = parseBundle(
	readFileSync(new URL('../../policies/bundles/baseline.yaml', import.meta.url), 'utf8'),
	'baseline.yaml',
);
const DIGEST = `sha256:${'a'.repeat(64)}`;
const TOKEN = 'ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5';

interface Given {
	readonly project?: string;
	readonly images?: ReadonlyMap<string, ImageFacts>;
}

interface Done {
	readonly examined: Examined;
	readonly text: string;
	readonly resultOf: (control: string) => string | undefined;
}

function done(dockerfile: string, {project: stated = '', images = new Map()}: Given = {}): Done {
	const project = readProject(stated, '.sallyport.yaml');
	const opened = openDockerfile({
		file: 'Dockerfile',
		bytes: new TextEncoder().encode(dockerfile),
		target: undefined,
		buildArgs: new Map(),
		contexts: new Set(['sallyport-proxy', 'sallyport-record']),
	});
	const examined = examine(opened, {
		bundle: strengthen(baseline, project),
		project,
		images,
		proxy: undefined,
		isOffline: false,
		contextFiles: [],
	});
	return {
		examined,
		text: new TextDecoder().decode(rewritten(examined.bytes, examined.plan !== undefined)),
		resultOf: control => examined.verdict.checks.find(check => check.control === control)?.result,
	};
}

function rewritten(bytes: Uint8Array, hasProxy: boolean): Uint8Array {
	const dockerfile = parseDockerfile(bytes);
	return rewrite(dockerfile, stageOf(dockerfile), hasProxy);
}

/** What is added where there is a listener. */
const LAYERS = 'COPY --link --from=sallyport-proxy / /\nCOPY --link --from=sallyport-record / /\n';
const node = new Map([['node:24', {digest: DIGEST, user: '', hasHealthcheck: false, exposedPorts: []}]]);
const SERVICE = 'FROM node:24\nWORKDIR /app\nCOPY server.js .\nEXPOSE 3000\nCMD ["node", "server.js"]\n';

test('baseline repairs what is safe and only tells about the rest', t => {
	const {examined, text, resultOf} = done(SERVICE, {images: node});

	t.is(examined.verdict.outcome, 'pass');
	t.is(resultOf('base-digest-pinned'), 'fixed');
	t.is(resultOf('health-check-defined'), 'fixed');
	t.is(resultOf('log-access-complete'), 'fixed');
	t.is(resultOf('image-user-non-root'), 'fail');
	t.is(text, `${SERVICE.replace('node:24', `node:24@${DIGEST}`)}${LAYERS}`);
	t.deepEqual(
		examined.fixes.flatMap(({config}) => config?.healthcheck?.test ?? []),
		['CMD', '/opt/sallyport/bin/sallyport-init', 'health'],
	);
});

test('a repair that a bundle only suggests is told and not made', t => {
	const {examined} = done(SERVICE, {images: node});

	const finding = examined.findings.find(({control}) => control === 'image-user-non-root');

	t.deepEqual(finding?.repair, {
		title: 'USER 65532:65532 at the end of the stage',
		isApplied: false,
		isOnTrial: true,
	});
});

test('a repository can ask for it', t => {
	const {text, resultOf} = done(SERVICE, {
		images: node,
		project: 'rules: {image-user-non-root: {fix: auto}}',
	});

	t.is(resultOf('image-user-non-root'), 'fixed');
	t.true(text.endsWith(`USER 65532:65532\n${LAYERS}`));
});

test('what was repaired stays repaired when it is judged again', t => {
	const first = done(SERVICE, {images: node, project: 'rules: {image-user-non-root: {fix: auto}}'});

	const second = done(first.text, {
		images: new Map([[`node:24@${DIGEST}`, {user: '', hasHealthcheck: true}]]),
	});

	t.is(second.resultOf('base-digest-pinned'), 'pass');
	t.is(second.resultOf('image-user-non-root'), 'pass');
});

test('a credential of a known form stops the build, and a likely one does not', t => {
	const certain = done(`FROM scratch\nENV A=${TOKEN}\n`);
	const likely = done('FROM scratch\nENV DB_PASSWORD=hunter2hunter2\n');

	t.is(certain.examined.verdict.outcome, 'fail');
	t.deepEqual(
		certain.examined.findings
			.filter(({level, result}) => level === 'error' && result === 'fail')
			.map(({place}) => place),
		[{file: 'Dockerfile', line: 2}],
	);
	t.is(likely.examined.verdict.outcome, 'pass');
	t.is(likely.resultOf('secret-no-env'), 'fail');
});

test('no listener, no proxy', t => {
	const {examined, resultOf} = done('FROM scratch\nCMD ["/job"]\n');

	t.is(examined.plan, undefined);
	t.is(resultOf('proxy-config-valid'), 'not-applicable');
	t.is(resultOf('log-access-complete'), 'not-applicable');
	t.is(resultOf('health-check-defined'), 'fail');
});

test('a rule that breaks is an error of ours and never a pass', t => {
	const bytes = new TextEncoder().encode('FROM node:24\nUSER 1\nHEALTHCHECK CMD true\n');
	const opened = openDockerfile({
		file: 'Dockerfile',
		bytes,
		target: undefined,
		buildArgs: new Map(),
		contexts: new Set(),
	});
	const images = Object.assign(new Map<string, ImageFacts>(), {
		get: () => {
			throw new TypeError('This map is broken');
		},
	});

	const subject = subjectOf({...opened, images, plan: undefined, requestedWaivers: []});
	const {findings, verdict} = judge(ask(subject, baseline), new Set(), baseline, subject);

	const broken = findings.find(({result}) => result === 'error');
	t.is(broken?.control, 'base-digest-pinned');
	t.regex(broken?.message ?? '', /^The rule pinned-base broke \(TypeError\)/);
	t.true(verdict.counts.error > 0);
	t.is(verdict.counts.fixed, 0);
});

test('a thousand findings are counted and not listed, and the weightiest are kept', t => {
	const lines = Array.from(
		{length: 1000},
		(_, index) => `ENV A${index}=AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q`,
	);
	const {examined} = done(`FROM scratch\n${lines.join('\n')}\nENV A=${TOKEN}\n`);

	const secrets = examined.findings.filter(({rule}) => rule === 'no-literal-credentials');

	t.is(secrets.length, 50);
	t.regex(secrets.at(-1)?.message ?? '', /^952 more findings of this kind are not listed/);
	t.true(secrets.some(({place, level}) => place?.line === 1002 && level === 'error'));
	t.is(examined.verdict.outcome, 'fail');
});

test('every reference is pinned, however many there are', t => {
	const images = new Map(Array.from({length: 120}, (_, index) => [`a:${index}`, {digest: DIGEST}] as const));
	const copies = Array.from({length: 120}, (_, index) => `COPY --from=a:${index} / /`);

	const {text} = done(`FROM scratch\n${copies.join('\n')}\n`, {images});

	t.is(text.split(`@${DIGEST}`).length - 1, 120);
});

test('what a builder answers is looked at before it is written into the text', t => {
	for (const digest of ['sha256:short', `${DIGEST}\nRUN evil`, `sha512:${'a'.repeat(64)}`]) {
		const {text, resultOf} = done('FROM node:24\n', {images: new Map([['node:24', {digest}]])});

		t.is(resultOf('base-digest-pinned'), 'fail');
		t.is(text, 'FROM node:24\nCOPY --link --from=sallyport-record / /\n');
	}
});

test('the report tells the weightiest first, with place, remedy and criteria', t => {
	const {examined} = done(`FROM node:24\nENV A=${TOKEN}\nEXPOSE 3000\n`, {images: node});

	const text = reportText(examined);

	t.regex(
		text,
		/^✖ error {2}Dockerfile:2 {2}no-literal-credentials {2}secret-no-env, supports C1\.1\n {4}ENV A holds a GitHub token \(40 characters\)/,
	);
	t.regex(text, /▲ warning {2}Dockerfile:1 {2}user-set {2}image-user-non-root, supports CC6\.1/);
	t.regex(text, /→ pinned to sha256:a+ \(done\)/);
	t.regex(text, /\n\n1 error, 1 warning, \d+ info\. Controls: \d+ passed, 3 fixed, 3 failed/);
	t.false(text.includes('\u001B'));
	t.false(text.includes(TOKEN));
	t.true(reportText(examined, {isColored: true, width: 100}).includes('\u001B[31m✖ error\u001B[0m'));
});

test('no line of the report is wider than asked, unless one word is', t => {
	const {examined} = done(SERVICE, {images: node});

	const wide = reportText(examined, {isColored: false, width: 60})
		.split('\n')
		.filter(line => line.startsWith('    ') && line.length > 60 && line.trim().split(' ').length > 3);

	t.deepEqual(wide, []);
});

test('the report as data has the same in stable keys', t => {
	const {examined} = done(SERVICE, {images: node});

	const data = JSON.parse(JSON.stringify(reportJson(examined))) as Readonly<Record<string, unknown>>;

	t.deepEqual(Object.keys(data), ['outcome', 'counts', 'controls', 'findings', 'notes']);
	t.is(data['outcome'], 'pass');
});

test('whatever is repaired, the author’s lines stay where they are', t => {
	const line = fc.constantFrom(
		'FROM node:24',
		'FROM node:24 AS build',
		'FROM --platform=linux/amd64 node:24',
		'FROM \\\n  node:24',
		'COPY --from=node:24 /a /b',
		'RUN --mount=type=bind,from=node:24,target=/n true',
		'RUN <<EOF\necho FROM node:24\nEOF',
		'# FROM node:24',
		'EXPOSE 3000',
		'ENV A=1 \\\n  B=2',
		'',
	);
	const placeholder = '$'.concat('{V}');
	fc.assert(
		fc.property(fc.array(line, {maxLength: 12}), lines => {
			const text = `ARG V=24\nFROM node:\${V}\n${lines.join('\n')}\n`;
			const {text: next, examined} = done(text, {images: node});
			const before = text.split('\n');
			const after = next.split('\n');

			t.deepEqual(
				examined.findings.filter(
					({control, result}) => control === 'base-digest-pinned' && result === 'fail',
				),
				[],
			);
			const plain = (each: string): string => each.replaceAll(`@${DIGEST}`, '').replace(placeholder, '24');
			// Comments at the very end follow what was added; every instruction of the author's stands before it.
			const added = after.findIndex(line => line.startsWith('COPY --link --from=sallyport-'));
			t.deepEqual(
				after.toSpliced(added, after[added]?.includes('proxy') === true ? 2 : 1).map(plain),
				before.map(plain),
			);
			t.true(before.slice(added).every(each => each === '' || each.startsWith('#')));
		}),
		{numRuns: 300},
	);
});

test('of more code than anybody writes the first part is read, and no control is said to hold', t => {
	const {examined, resultOf} = done(`FROM scratch\n${'RUN x\n'.repeat(20_001)}`);

	t.is(resultOf('build-no-pipe-to-shell') ?? 'not-evaluated', 'not-evaluated');
	t.is(resultOf('secret-no-env'), 'not-evaluated');
	const unread = examined.findings.find(({message}) => message.startsWith('There is more code'));
	t.is(unread?.place?.line, 20_002);
});

test('what an enemy calls a command steers no terminal', t => {
	const {examined} = done('FROM debian:12\nRUN \u001b[2Jcurl\u202e x | sh\u0085 y\n');

	const told = examined.findings.map(({message, repair}) => message + (repair?.title ?? '')).join('\n');
	t.notRegex(told.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
});
