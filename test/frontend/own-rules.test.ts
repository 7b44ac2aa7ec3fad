import test from 'ava';
import {examine, openDockerfile} from '../../frontend/examine.ts';
import {noProject} from '../../frontend/project.ts';
import {bundleFrom} from '../helpers/bundle.ts';

// An organisation's own rules: data, and no code.

const everythingOff = `apiVersion: sallyport.dev/v1
kind: PolicyBundle
metadata: {name: acme, version: 1.0.0}
spec:
  defaults: {enforcement: "off", severities: {critical: "off", high: "off", medium: "off", low: "off", info: "off"}}
  rules: {}
  own:
`;

function found(rule: string, dockerfile: string, more = '') {
	const bundle = bundleFrom(
		`${everythingOff}    - {id: x-own, title: Own, severity: medium, enforcement: error, message: So it is., ${more}${rule}}\n`,
	);
	const opened = openDockerfile({
		file: 'Dockerfile',
		bytes: new TextEncoder().encode(dockerfile),
		target: undefined,
		buildArgs: new Map(),
		contexts: new Set(),
	});
	const {findings, verdict} = examine(opened, {
		bundle,
		project: noProject,
		images: new Map(),
		proxy: 'none',
		isOffline: true,
		contextFiles: undefined,
	});
	return {
		lines: findings.filter(each => each.rule === 'x-own').map(({place}) => place?.line),
		findings,
		outcome: verdict.outcome,
	};
}

const CURL = 'match: {instruction: RUN, command: curl}';

const cases: Readonly<Record<string, readonly [rule: string, dockerfile: string, lines: readonly number[]]>> =
	{
		'a command': [CURL, 'FROM a\nRUN apt-get update \\\n && curl -O https://x\n', [3]],
		'a command by its path, started by another': [CURL, 'FROM a\nRUN sudo /usr/bin/curl x\n', [2]],
		'no command of a similar name': [CURL, 'FROM a\nRUN curlew x; echo curl\n# RUN curl\n', []],
		'a command in a heredoc': [CURL, 'FROM a\nRUN <<EOF\nset -e\ncurl x\nEOF\n', [4]],
		'a command with an option': [
			'match: {instruction: RUN, command: curl, option: "--insecure"}',
			'FROM a\nRUN curl --insecure x\nRUN curl x\nRUN wget --insecure x\n',
			[2],
		],
		'a command without an option': [
			'match: {instruction: RUN, command: pip*, word: install, unless: {option: "--require-hashes"}}',
			'FROM a\nRUN pip3 install x\nRUN pip install --require-hashes -r r.txt\nRUN pip list\n',
			[2],
		],
		'a word of any command': [
			'match: {instruction: RUN, word: "http://*"}',
			'FROM a\nRUN wget "http://x/y"\nRUN wget https://x\n',
			[2],
		],
		'a word as it will be': [
			'match: {instruction: COPY, word: /opt/*}',
			'FROM a\nENV TO=/opt/x\nCOPY a $TO\nCOPY a /srv\n',
			[3],
		],
		'a flag': [
			'match: {instruction: RUN, flag: "mount=type=secret*"}',
			'FROM a\nRUN --mount=type=secret,id=x true\nRUN --mount=type=cache,target=/x true\n',
			[2],
		],
		'a base image': [
			'match: {instruction: FROM, word: "*", stage: any, unless: {word: "registry.example/*"}}',
			'ARG R=registry.example\nFROM debian AS build\nFROM $R/a:1\nCOPY --from=build /a /\n',
			[2],
		],
		'a base image of the final stages only': [
			'match: {instruction: FROM, word: "debian*"}',
			'FROM debian AS build\nFROM alpine\nCOPY --from=build /a /\n',
			[],
		],
		'a stage that is not built': [
			'match: {instruction: RUN, command: curl, stage: any}',
			'FROM a AS unused\nRUN curl x\nFROM b\n',
			[],
		],
		'a label that is missing': [
			'missing: {instruction: LABEL, word: "team=*"}',
			'FROM a\nLABEL other=x\n',
			[1],
		],
		'a label that is there': [
			'missing: {instruction: LABEL, word: "team=*"}',
			'FROM a\nLABEL "team"="web" other=x\n',
			[],
		],
		'several instructions': [
			'match: {instruction: [ADD, COPY], word: "*.tar"}',
			'FROM a\nADD x.tar /\nCOPY x.tar /\nRUN tar x.tar\n',
			[2, 3],
		],
		'an exec form': [
			'match: {instruction: [CMD, ENTRYPOINT], command: node}',
			'FROM a\nCMD ["node", "x.js"]\n',
			[2],
		],
	};

for (const [name, [rule, dockerfile, lines]] of Object.entries(cases)) {
	test(`an own rule means ${name}`, t => {
		t.deepEqual(found(rule, dockerfile).lines, lines);
	});
}

test('an own rule stops a build, with its id and its control', t => {
	const {findings, outcome} = found(CURL, 'FROM a\nRUN curl x\n', 'control: base-approved-source, ');

	t.is(outcome, 'fail');
	t.like(
		findings.find(({rule}) => rule === 'x-own'),
		{control: 'base-approved-source', level: 'error', message: 'So it is.'},
	);
});

test('two hundred own rules on a large file take no time to speak of', t => {
	const rules = Array.from(
		{length: 200},
		(_, index) =>
			`    - {id: x-own-${index}, title: Own, severity: low, message: So it is., match: {instruction: [RUN, ENV], word: "*a*a*a*a*a*b"}}\n`,
	);
	const bundle = bundleFrom(everythingOff + rules.join(''));
	const line = `ENV A=${'a'.repeat(2000)}\n`;
	const opened = openDockerfile({
		file: 'Dockerfile',
		bytes: new TextEncoder().encode(`FROM a\n${line.repeat(200)}`),
		target: undefined,
		buildArgs: new Map(),
		contexts: new Set(),
	});
	const started = performance.now();

	examine(opened, {
		bundle,
		project: noProject,
		images: new Map(),
		proxy: 'none',
		isOffline: true,
		contextFiles: undefined,
	});

	t.true(performance.now() - started < 5000);
});
