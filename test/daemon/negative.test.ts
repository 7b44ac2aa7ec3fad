import test from 'ava';
import {believed, doubting} from '../../daemon/believe.ts';
import {registry} from '../../daemon/probes/index.ts';
import {negativeControls} from '../../daemon/probes/negative.ts';
import type {Registered} from '../../daemon/probes/probe.ts';
import {worstContainer} from '../../daemon/probes/worst/container.ts';
import type {ControlIdAt} from '../../policies/catalogue.ts';

// Every probe is held against something bad on purpose: one that does not say `fail` of it is blind.

const soon = (): AbortSignal => AbortSignal.timeout(120_000);
const usual = worstContainer;
const controls = Object.keys(registry) as readonly ControlIdAt<'run'>[]; // Its own keys.

for (const control of controls) {
	test(`${control} is not blind: it says fail of what is bad on purpose`, async t => {
		t.timeout(120_000);

		t.is(await negativeControls(registry, {usual})(control, soon()), undefined);
	});
}

/** What nothing can be bad for, and why. */
const exempt: Readonly<Partial<Record<ControlIdAt<'run'>, string>>> = {
	'gov-waivers-valid': 'waivers are judged by what waives, and the probe only says that there is none',
};

test('a probe that cannot be held against anything says so in the registry, and never passes', async t => {
	const signal = soon();
	const found = Object.entries<Registered>(registry).filter(([, {neverPasses}]) => neverPasses !== undefined);

	t.deepEqual(
		found.map(([control]) => control),
		Object.keys(exempt),
	);
	for (const [control, {probe}] of found) {
		const {subject, close} = await usual(signal);
		const results = (await probe(subject, signal)).map(({result}) => result);
		await close();
		t.false(results.includes('pass') || results.includes('fixed'), control);
	}
});

/** A registry of one. */
function only(registered: Partial<Registered>): Readonly<Record<string, Registered>> {
	return {'run-no-privileged': {probe: async () => [], pace: 'configuration', ...registered}};
}

const blind: Readonly<Record<string, readonly [Partial<Registered>, RegExp]>> = {
	'passes everything': [
		{probe: async () => [{result: 'pass', message: 'All is well'}]},
		/bad on purpose it said pass: All is well/,
	],
	'says nothing': [{probe: async () => []}, /it said nothing/],
	'never looks': [
		{probe: async () => [{result: 'not-evaluated', message: 'It is dark'}]},
		/it said not-evaluated: It is dark/,
	],
	'finds nothing applicable': [
		{probe: async () => [{result: 'not-applicable', message: 'There is nothing'}]},
		/it said not-applicable/,
	],
	throws: [{probe: () => Promise.reject(new Error('broken'))}, /could not be held against.*broken/],
	'passes although nothing can be bad for it': [
		{probe: async () => [{result: 'pass', message: 'All is well'}], neverPasses: 'so it says'},
		/it said pass/,
	],
};

for (const [what, [registered, expected]] of Object.entries(blind)) {
	test(`a probe that ${what} is found out`, async t => {
		const doubt = await negativeControls(only(registered), {usual})('run-no-privileged', soon());

		t.regex(doubt ?? '', expected);
	});
}

test('what a blind probe says of a container counts as not evaluated, and the diary says so once', async t => {
	const control = 'run-no-privileged';
	const told: string[] = [];
	const pass = {control, result: 'pass', message: 'All is well'} as const;
	const registered = only({probe: async () => [pass]});
	const doubt = doubting(negativeControls(registered, {usual}), code => told.push(code));
	const look = () => believed([control], [pass], {at: 0, doubt, share: findings => findings, signal: soon()});

	const [first, second] = [await look(), await look()];

	for (const sights of [first, second]) {
		t.deepEqual(
			sights.get(control)?.findings.map(({result}) => result),
			['not-evaluated'],
		);
	}

	t.deepEqual(told, ['PROBE_DOUBTED']);
});
