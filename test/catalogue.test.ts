import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import {registry} from '../daemon/probes/index.ts';
import {rules} from '../frontend/rules/index.ts';
import {type ControlId, catalogue} from '../policies/catalogue.ts';
import type {ControlMeta} from '../policies/controls/meta.ts';
import {ruleCatalogue, ruleFolders} from '../policies/rules/index.ts';
import type {RuleMeta} from '../policies/rules/meta.ts';

// The catalogue promises that every control has somebody who judges it, or says why nobody does.

const controls: readonly (readonly [string, ControlMeta])[] = Object.entries(catalogue);
const ruleList: readonly (readonly [string, RuleMeta])[] = Object.entries(ruleCatalogue);
const fed = new Set(ruleList.flatMap(([, {control}]) => control ?? []));

test('every rule of the catalogue is answered, under one id in one folder', t => {
	const ids = Object.values(ruleFolders).flatMap(folder => Object.keys(folder));

	t.is(new Set(ids).size, ids.length);
	t.deepEqual(
		ids.filter(id => !Object.hasOwn(rules, id)),
		[],
	);
	t.is(Object.keys(rules).length, ids.length);
});

test('no rule has the name of a control', t => {
	t.deepEqual(
		ruleList.filter(([id]) => Object.hasOwn(catalogue, id)).map(([id]) => id),
		[],
	);
});

/** A matter of the build that can only be seen when it is over. */
const afterwards = ['image-signed-after-policy'];

test('a control is judged by rules, by a probe, by both, or says why by nobody', t => {
	for (const [id, {judgedAt, unjudged, phase}] of controls) {
		const byRule = fed.has(id as ControlId);
		const byProbe = Object.hasOwn(registry, id);
		const who = byRule && byProbe ? 'both' : byRule ? 'build' : byProbe ? 'run' : 'nobody';

		t.is(judgedAt, who, id);
		t.is(unjudged !== undefined, who === 'nobody', id);
		const isInPhase = phase === 'both' || who === phase || who === 'nobody' || afterwards.includes(id);
		t.true(isInPhase, `${id}: ${phase}, judged by ${who}`);
	}
});

test('no two controls and no two rules say the same, and none says nothing', t => {
	for (const list of [controls, ruleList]) {
		const titles = list.map(([, {title}]) => title);
		t.deepEqual(
			titles.filter((title, index) => title.length < 8 || titles.indexOf(title) !== index),
			[],
		);
	}
});

test('what no criterion asks for supports none: criteria that are a matter of people are never primary', t => {
	// Those that no technical evidence exists for: culture, boards, staff, physical access, notices and consent.
	const ofPeople = new Set(
		'CC1.1 CC1.2 CC1.4 CC1.5 CC2.2 CC3.1 CC3.2 CC3.3 CC5.1 CC6.2 CC6.4 CC6.5 A1.3 C1.2 PI1.1 P2.1 P3.2 P4.3 P5.1 P5.2 P6.2 P6.3 P6.4 P6.5 P6.6 P6.7 P7.1 P8.1'.split(
			' ',
		),
	);
	t.is(ofPeople.size, 28);

	for (const [id, {criteria}] of controls) {
		t.true(criteria.length > 0, id);
		t.deepEqual(
			criteria.filter(criterion => ofPeople.has(criterion)),
			[],
			id,
		);
	}
});

test('the catalogue is the agreed one: 134 controls with their criteria', t => {
	t.is(controls.length, 134);
	const agreed = new URL('../../shared/soc2/catalogue.json', import.meta.url);
	if (!existsSync(agreed)) {
		t.log('the agreed catalogue is not on this machine: only the number of controls was looked at');
		return;
	}

	const {controls: list} = JSON.parse(readFileSync(agreed, 'utf8')) as {
		readonly controls: readonly {
			readonly id: string;
			readonly primary: readonly string[];
			readonly secondary: readonly string[];
			readonly severity: string;
			readonly phase: string;
		}[];
	};
	t.deepEqual(
		controls.map(([id, {criteria, also, severity, phase}]) => ({id, criteria, also, severity, phase})),
		list.map(({id, primary, secondary, severity, phase}) => ({
			id,
			criteria: primary,
			also: secondary,
			severity: severity as ControlMeta['severity'],
			phase: widened[id] ?? (phase as ControlMeta['phase']),
		})),
	);
});

/** What was agreed for the build alone and is seen at run time as well: how a container ends when it is asked to. */
const widened: Readonly<Record<string, ControlMeta['phase']>> = {'avail-graceful-stop': 'both'};

test('names that others use lead to our rules', t => {
	const named = (alias: string): readonly string[] =>
		ruleList.filter(([, {aliases = []}]) => aliases.includes(alias)).map(([id]) => id);

	t.deepEqual(named('DL3008'), ['apt-versions-pinned']);
	t.true(named('SecretsUsedInArgOrEnv').includes('no-secret-names'));
	t.true(named('DS-0002').includes('no-root-user'));
	t.true(named('CKV_DOCKER_3').includes('user-set'));
	const strange = ruleList.flatMap(([id, {aliases = []}]) =>
		aliases.filter(alias => !/^[A-Za-z][\w-]{3,60}$/.test(alias)).map(alias => `${id}: ${alias}`),
	);
	t.deepEqual(strange, []);
});

test('every rule of hadolint, of Trivy and of Checkov for Dockerfiles, and every check of BuildKit has a counterpart', t => {
	const aliases = new Set(ruleList.flatMap(([, {aliases: names = []}]) => names));
	const count = (pattern: RegExp): number => [...aliases].filter(alias => pattern.test(alias)).length;

	t.deepEqual(
		{
			hadolint: count(/^DL\d{4}$/),
			trivy: count(/^DS-\d{4}$/),
			checkov: count(/^CKV2?_DOCKER_\d+$/),
			buildkit: count(/^[A-Z][A-Za-z]+$/),
		},
		{hadolint: 71, trivy: 29, checkov: 28, buildkit: 22},
	);
});
