import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {parse} from 'yaml';
import {derivePlan} from '../../frontend/derive-plan.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {neededStages, stageOf} from '../../frontend/dockerfile/stages.ts';
import {noProject} from '../../frontend/project.ts';
import {readProject} from '../../frontend/read-project.ts';
import {rewrite} from '../../frontend/rewrite.ts';
import {rules} from '../../frontend/rules/index.ts';
import type {ImageFacts, RuleFinding, Subject} from '../../frontend/rules/rule.ts';
import {externalReferences, referencesOf} from '../../frontend/stages/references.ts';

// A rule's page is its test: every example of every page is run. `frontend/rules/README.md` says how they are written.

interface Given {
	readonly images?: Readonly<Record<string, ImageFacts>>;
	readonly buildArgs?: Readonly<Record<string, string>>;
	readonly contexts?: readonly string[];
	readonly contextFiles?: readonly string[];
	readonly project?: Readonly<Record<string, unknown>>;
	readonly tier?: string;
	readonly result?: string;
	readonly fixed?: string;
}

interface Example {
	readonly title: string;
	readonly given: Given;
	readonly dockerfile: string;
	readonly marks: readonly {readonly file: string; readonly line: number}[];
}

const folder = new URL('../../frontend/rules/', import.meta.url);
const EXAMPLE =
	/(?<title>[^\n]+)\n\n(?:```yaml\n(?<given>[\s\S]*?)```\n)?```dockerfile\n(?<dockerfile>[\s\S]*?)```/g;

function examplesIn(page: string, heading: string): readonly Example[] {
	const section = page.split(/^## /m).find(part => part.startsWith(`${heading}\n`)) ?? '';
	return Array.from(section.matchAll(EXAMPLE), ({groups}) => {
		const dockerfile = groups?.['dockerfile'] ?? '';
		const marks = dockerfile.matchAll(/^# \^ (?:(\S+) )?line (\d+)$/gm);
		return {
			title: groups?.['title'] ?? '',
			given: (parse(groups?.['given'] ?? '{}') ?? {}) as Given,
			dockerfile,
			marks: Array.from(marks, ([, file = 'Dockerfile', line]) => ({file, line: Number(line)})),
		};
	});
}

function subjectOf({given, dockerfile: text}: Example): Subject {
	const dockerfile = parseDockerfile(new TextEncoder().encode(text));
	const target = stageOf(dockerfile);

	const buildArgs = new Map(Object.entries(given.buildArgs ?? {}));
	const images = new Map(Object.entries(given.images ?? {}));
	const project =
		given.project === undefined ? noProject : readProject(JSON.stringify(given.project), '.sallyport.yaml');
	const {plan, problems} = derivePlan({dockerfile, target, buildArgs, images, project, proxy: undefined});
	return {
		file: 'Dockerfile',
		dockerfile,
		target,
		needed: neededStages(dockerfile, target, buildArgs),
		buildArgs,
		images,
		contexts: new Set(given.contexts),
		plan,
		planProblems: problems,
		// JSON has the waivers on its only line; the page's YAML has them below the keys.
		requestedWaivers: project.waivers.map(({control}, index) => ({control, line: index + 2})),
		...(given.contextFiles === undefined ? {} : {contextFiles: given.contextFiles}),
	};
}

function placesOf(
	findings: readonly RuleFinding[],
): readonly {readonly file: string; readonly line: number}[] {
	return findings.map(({place}) => ({file: place?.file ?? '', line: place?.line ?? 0}));
}

function repaired(subject: Subject, findings: readonly RuleFinding[]): string {
	const fixes = findings.flatMap(({fix}) => fix ?? []);
	const health = fixes.some(({config}) => config?.healthcheck !== undefined) ? 'healthcheck\n' : '';
	return health + new TextDecoder().decode(rewrite(subject.dockerfile, subject.target, fixes));
}

for (const [id, rule] of Object.entries(rules)) {
	const page = readFileSync(new URL(`${id}.md`, folder), 'utf8');
	const stops = examplesIn(page, 'Stops');
	const passes = examplesIn(page, 'Lets pass');

	test(`${id}: the page has a reason and examples of both kinds`, t => {
		t.regex(page, new RegExp(`^# ${id}\n\n\\S`));
		t.true(stops.length > 0 && passes.length > 0);
		t.is(
			page.split('```dockerfile').length - 1,
			stops.length + passes.length,
			'an example is not in its form',
		);
		t.deepEqual(
			stops.filter(({marks}) => marks.length === 0).map(({title}) => title),
			[],
		);
	});

	for (const example of stops) {
		test(`${id} stops: ${example.title}`, t => {
			const {tier, result = 'fail', fixed} = example.given;
			const subject = subjectOf(example);

			const findings = [...rule(subject)].filter(finding => finding.result === result);

			t.deepEqual(placesOf(findings), example.marks);
			t.deepEqual(new Set(findings.map(finding => finding.tier)), new Set([tier]));
			if (fixed !== undefined) {
				t.true(repaired(subject, findings).split('\n').includes(fixed), repaired(subject, findings));
			}
		});
	}

	for (const example of passes) {
		test(`${id} lets pass: ${example.title}`, t => {
			const findings = [...rule(subjectOf(example))];

			const expected = example.given.result;
			t.deepEqual(
				[...new Set(findings.map(({result}) => result))],
				expected === undefined ? ([] as string[]) : [expected],
				findings.map(({message}) => message).join('\n'),
			);
		});
	}
}

test('no page is without a rule', t => {
	const pages = readdirSync(folder).filter(file => file.endsWith('.md') && file !== 'README.md');

	t.deepEqual(
		pages.toSorted(),
		Object.keys(rules)
			.map(id => `${id}.md`)
			.toSorted(),
	);
});

test('no message of the secret rules holds a value', t => {
	const page = readFileSync(new URL('secret-no-env.md', folder), 'utf8');
	const examples = examplesIn(page, 'Stops');
	const values = /ghp_\w+|AKIA\w+|npm_\w+|b3Blb\w+|hunter2hunter2|s3cretvalue/g;

	for (const example of examples) {
		const told = JSON.stringify([...rules['secret-no-env'](subjectOf(example))]);
		const secrets = [...(example.dockerfile + JSON.stringify(example.given)).matchAll(values)].map(
			([value]) => value,
		);
		t.deepEqual(
			secrets.filter(secret => told.includes(secret)),
			[],
			example.title,
		);
	}
});

test('every rule takes time linear in the size of a hostile file', t => {
	const hostile: Readonly<Record<string, (count: number) => string>> = {
		'stages of stages': count =>
			`FROM scratch AS s0\n${Array.from({length: count}, (_, i) => `FROM s${i} AS s${i + 1}\nENV A${i}=1`).join('\n')}`,
		'copies of everything': count =>
			`FROM scratch AS s0\nCOPY id_rsa .env /\n${Array.from({length: count}, (_, i) => `FROM scratch AS s${i + 1}\nCOPY --from=s${i} / /a\nCOPY --from=s${i} / /b`).join('\n')}`,
		'almost tokens': count =>
			`FROM scratch\nRUN <<END\n${`${'eyJaaaaaaaaaaa.'.repeat(20)} ${'sk-ant-'.repeat(20)}\n`.repeat(count / 10)}END`,
		'a doubling variable': count =>
			`FROM scratch\nENV A=aaaaaaaaaaaaaaaa\n${'ENV A=$A$A\n'.repeat(count)}EXPOSE $A\nUSER $A`,
		'ports and labels': count =>
			`FROM scratch\n${Array.from({length: count}, (_, i) => `EXPOSE ${i + 1}\nLABEL dev.sallyport.x${i}=1`).join('\n')}`,
	};
	for (const [name, write] of Object.entries(hostile)) {
		const example = {title: name, given: {contextFiles: []}, dockerfile: write(8000), marks: []};
		const started = performance.now();
		const subject = subjectOf(example);
		const count = Object.values(rules).reduce((sum, rule) => sum + [...rule(subject)].length, 0);

		t.true(count > 0);
		// Quadratic answers take minutes here.
		t.true(performance.now() - started < 10_000, `${name}: ${Math.round(performance.now() - started)} ms`);
	}
});

test('what a builder has to resolve is what FROM, COPY and mounts name outside the file', t => {
	const text = [
		'ARG V=1',
		'FROM a:$V AS one',
		'FROM scratch AS two',
		'COPY --from=b:2 / /',
		'COPY --from=one / /',
		'RUN --mount=type=bind,source=/,from=c:3,target=/c true',
		'FROM context-name AS unused',
		'FROM two',
	].join('\n');
	const dockerfile = parseDockerfile(new TextEncoder().encode(text));
	const references = referencesOf(dockerfile, new Map());

	const needed = neededStages(dockerfile, stageOf(dockerfile));

	t.deepEqual(
		needed.map(({index}) => index),
		[0, 1, 3],
	);
	t.deepEqual(
		externalReferences(references, needed).map(({ref}) => ref),
		['a:1', 'b:2', 'c:3'],
	);
});
