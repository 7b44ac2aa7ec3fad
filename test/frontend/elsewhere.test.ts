import {readFileSync} from 'node:fs';
import test from 'ava';
import {type RuleId, ruleCatalogue} from '../../policies/rules/index.ts';
import {everyRule, findingsIn} from '../helpers/own-checks.ts';

/** What else the base image says: nothing that would answer a question for the Dockerfile. */
const BASE = {
	user: '',
	hasHealthcheck: false,
	exposedPorts: [],
	labels: {},
	volumes: [],
	cmd: [],
	entrypoint: [],
};

/** They look at images, and so do our rules: only a builder can answer. */
const OF_IMAGES: ReadonlySet<string> = new Set(['CIS-DI-0002', 'CIS-DI-0004', 'CIS-DI-0005']);

const bundle = await everyRule();
const blocks = readFileSync(new URL('../fixtures/elsewhere.txt', import.meta.url), 'utf8').split(/^=== /m);
const cases = blocks.slice(1).map(block => {
	const [head = '', ...lines] = block.split('\n');
	const [alias = '', ...said] = head.split(' ');
	return {alias, said: said.join(' '), text: lines.join('\n')};
});

const rules = Object.keys(ruleCatalogue) as readonly RuleId[];
const aliasesOf = (rule: RuleId): readonly string[] => {
	const {aliases = []}: {readonly aliases?: readonly string[]} = ruleCatalogue[rule];
	return aliases;
};

test('every check of Trivy, Checkov and dockle that a rule stands for has a case that it stops, and one that it lets pass', t => {
	t.deepEqual(missing(/^(?:DS-|CKV2?_|CIS-DI-|DKL-)/, 'stops', 'passes'), []);
});

test('every query of KICS that a rule stands for has a case that it stops', t => {
	t.deepEqual(missing(/^[a-z]+_[a-z_]+$/, 'stops'), []);
});

function missing(names: RegExp, ...wanted: readonly string[]): readonly string[] {
	const known = new Set(rules.flatMap(aliasesOf).filter(alias => names.test(alias) && !OF_IMAGES.has(alias)));
	return [...known].filter(alias =>
		wanted.some(want => !cases.some(each => each.alias === alias && each.said === want)),
	);
}

for (const [index, {alias, said, text}] of cases.entries()) {
	test(`${alias} ${said}, case ${index + 1}`, t => {
		const meant = rules.filter(rule => aliasesOf(rule).includes(alias));
		t.not(meant.length, 0, 'no rule stands for it');
		const found = findingsIn({text, buildArgs: {}}, bundle, BASE).filter(({rule}) =>
			meant.some(id => id === rule),
		);
		const fails = found.some(({result}) => result === 'fail');
		t.is(fails, said === 'stops', text);
		t.true(said !== 'leaves open' || found.some(({result}) => result === 'not-evaluated'), text);
	});
}
