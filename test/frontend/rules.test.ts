import {globSync, readFileSync} from 'node:fs';
import test from 'ava';
import {derivePlan} from '../../frontend/derive-plan.ts';
import type {LineMode} from '../../frontend/dockerfile/edit.ts';
import {ParseError} from '../../frontend/dockerfile/error.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {neededStages, stageOf} from '../../frontend/dockerfile/stages.ts';
import type {Found} from '../../frontend/judge.ts';
import {noProject} from '../../frontend/project.ts';
import type {Plan} from '../../frontend/proxies/plan.ts';
import {readProject} from '../../frontend/read-project.ts';
import {repair} from '../../frontend/repair.ts';
import {rules} from '../../frontend/rules/index.ts';
import type {Known, Rule, RuleFinding, Subject} from '../../frontend/rules/rule.ts';
import {subjectOf as viewsOf} from '../../frontend/rules/subject.ts';
import {type Refusal, refusalOf} from '../../frontend/rules/syntax/refusals.ts';
import {externalReferences, referencesOf} from '../../frontend/stages/references.ts';
import {isRuleId, ruleFolders} from '../../policies/rules/index.ts';
import type {Setting} from '../../policies/setting.ts';
import {plan as plain} from '../helpers/plan.ts';
import {type Example, examplesIn, type Given} from '../helpers/rule-page.ts';

// A rule's page is its test: every example of every page is run. `frontend/rules/README.md` says how they are written.

const folder = new URL('../../frontend/rules/', import.meta.url);
const setting: Setting = {level: 'warn', fix: 'auto', tiers: {}, params: {}};

function subjectOf(example: Pick<Example, 'given' | 'dockerfile'>): Subject {
	return viewsOf(knownOf(new TextEncoder().encode(example.dockerfile), example.given));
}

function knownOf(bytes: Uint8Array, {known: {plan: own, ...known} = {}, ...given}: Given): Known {
	const dockerfile = parseDockerfile(bytes);
	const target = stageOf(dockerfile, given.target);

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
		...(given.held === undefined ? {} : {held: new Map(Object.entries(given.held))}),
		...(given.manifests === undefined ? {} : {manifests: new Map(Object.entries(given.manifests))}),
		...known,
		...(own === undefined ? {} : {plan: completed(own)}),
	};
}

/** A page says of a plan what it is about, and no more. */
function completed(own: Partial<Plan>): Plan {
	const application = own.application ?? plain.application;
	return {
		...plain,
		...own,
		tls: {...plain.tls, ...own.tls},
		...(plain.application === undefined || application === undefined
			? {}
			: {application: {...plain.application, ...application}}),
	};
}

function placesOf(
	findings: readonly RuleFinding[],
): readonly {readonly file: string; readonly line: number}[] {
	return findings.map(({place}) => ({file: place?.file ?? '', line: place?.line ?? 0}));
}

/** What the parser has against a file that is refused. */
function refusalIn(text: string): Refusal {
	try {
		stageOf(parseDockerfile(new TextEncoder().encode(text)));
	} catch (error) {
		if (error instanceof ParseError) {
			return refusalOf(error, 'Dockerfile');
		}

		throw error;
	}

	throw new Error('The parser has nothing against this file');
}

/** The text after all of one rule's repairs, round after round. */
function repaired(
	id: string,
	rule: Rule,
	{given, dockerfile}: Pick<Example, 'given' | 'dockerfile'>,
	lines: LineMode = 'free',
): string {
	const draft = (bytes: Uint8Array) => {
		const known = knownOf(bytes, given);
		const found = [...rule(viewsOf(known), given.params ?? {})].map(
			(finding): Found => ({rule: isRuleId(id) ? id : 'valid-plan', setting, finding}),
		);
		return {...known, found};
	};
	const {bytes} = repair(draft(new TextEncoder().encode(dockerfile)), {
		lines,
		wants: () => true,
		again: draft,
	});
	return new TextDecoder().decode(bytes);
}

for (const [id, rule] of Object.entries(rules)) {
	const [path = ''] = globSync(`*/${id}.md`, {cwd: folder});
	const page = readFileSync(new URL(path, folder), 'utf8');
	const stops = examplesIn(page, 'Stops');
	const passes = examplesIn(page, 'Lets pass');

	test(`${id}: the page has a reason and examples of both kinds`, t => {
		t.regex(page, new RegExp(`^# ${id}\n\n\\S`));
		t.true(stops.length > 0 && passes.length > 0);
		t.is(
			page.split('```dockerfile\n').length - 1,
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
			const {tier, result = 'fail', fixed, params = {}} = example.given;
			if (example.given.refused === true) {
				const {place, ...refusal} = refusalIn(example.dockerfile);
				t.is(String(refusal.rule), id, refusal.message);
				t.deepEqual([{file: place.file, line: place.line}], example.marks);
				return;
			}

			const subject = subjectOf(example);

			const findings = [...rule(subject, params)].filter(finding => finding.result === result);

			t.deepEqual(placesOf(findings), example.marks);
			t.deepEqual(new Set(findings.map(finding => finding.tier)), new Set([tier]));
			if (fixed === 'healthcheck') {
				t.true(findings.some(({fix}) => fix?.config?.healthcheck !== undefined));
			} else if (fixed !== undefined) {
				const text = repaired(id, rule, example);
				t.true(text.split('\n').includes(fixed), text);
			}

			if (example.repaired !== undefined) {
				const text = repaired(id, rule, example);
				t.is(text, example.repaired);
				// What was repaired stays repaired: a second run changes nothing.
				t.is(repaired(id, rule, {...example, dockerfile: text}), text);
			}

			if (example.built !== undefined) {
				const text = repaired(id, rule, example, 'kept');
				t.is(text, example.built);
				t.is(repaired(id, rule, {...example, dockerfile: text}, 'kept'), text);
			}
		});
	}

	for (const example of passes) {
		test(`${id} lets pass: ${example.title}`, t => {
			const findings = [...rule(subjectOf(example), example.given.params ?? {})];

			const expected = example.given.result;
			t.deepEqual(
				[...new Set(findings.map(({result}) => result))],
				expected === undefined ? ([] as string[]) : [expected],
				findings.map(({message}) => message).join('\n'),
			);
		});
	}
}

test('every rule has a page, every page a rule, and both lie in the folder of the catalogue', t => {
	const pages = globSync('*/*.md', {cwd: folder}).filter(path => !path.endsWith('README.md'));

	t.deepEqual(
		pages.toSorted(),
		Object.entries(ruleFolders)
			.flatMap(([name, own]) => Object.keys(own).map(id => `${name}/${id}.md`))
			.filter(path => Object.hasOwn(rules, path.replace(/^.*\/|\.md$/g, '')))
			.toSorted(),
	);
});

test('no message of the secret rules holds a value', t => {
	const values =
		/ghp_\w+|AKIA\w+|npm_\w+|glpat-\w+|b3Blb\w+|AIza\w+|hunter2hunter2|s3cretvalue|3f9a1c77\w+|Qx81vz\S+(?=@)|q7Rt2Y\w+|eu01xx\w+/g;
	const asked = Object.entries(rules).filter(([id]) => Object.hasOwn(ruleFolders.secret, id));
	let seen = 0;

	for (const [id] of asked) {
		const page = readFileSync(new URL(`secret/${id}.md`, folder), 'utf8');
		for (const example of examplesIn(page, 'Stops')) {
			const subject = subjectOf(example);
			// Every one of them looks at every example.
			const told = JSON.stringify(asked.map(([, rule]) => [...rule(subject, example.given.params ?? {})]));
			const secrets = (example.dockerfile + JSON.stringify(example.given)).match(values) ?? [];
			seen += secrets.length;
			t.deepEqual(
				secrets.filter(secret => told.includes(secret)),
				[],
				`${id}: ${example.title}`,
			);
		}
	}

	t.true(seen > 15);
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
		const count = Object.values(rules).reduce((sum, rule) => sum + [...rule(subject, {})].length, 0);

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
