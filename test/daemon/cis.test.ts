import test from 'ava';
import {cisItems, cisResult} from '../../daemon/probes/isolation/cis.ts';
import {type ControlId, catalogue} from '../../policies/catalogue.ts';
import type {Finding} from '../../policies/finding.ts';
import {probes} from '../helpers/probes.ts';
import {subjectWith} from '../helpers/subject.ts';

// Section 5 of the CIS Docker Benchmark, number by number.

test('every number of section 5 is there once, and what judges it exists', t => {
	t.deepEqual(
		cisItems.map(({number}) => number),
		Array.from({length: 32}, (_, index) => `5.${index + 1}`),
	);
	const unjudged = cisItems.filter(({controls}) =>
		controls.every(control => !Object.hasOwn(probes, control)),
	);
	// Whether there is a newer image is asked of bases, at build.
	t.deepEqual(
		unjudged.map(({number}) => number),
		['5.28'],
	);
	t.true(unjudged.every(({controls}) => controls.every(control => catalogue[control].judgedAt === 'build')));
});

async function answers(changed: Parameters<typeof subjectWith>[0]): Promise<ReadonlyMap<string, string>> {
	const findings: Finding[] = [];
	for (const control of ['run-no-host-namespaces', 'run-ports-declared'] as const) {
		const own = await probes[control](subjectWith(changed), AbortSignal.timeout(5000));
		findings.push(...own.map(finding => ({...finding, control: control satisfies ControlId})));
	}

	return new Map(
		cisItems.flatMap(item => {
			const result = cisResult(item, findings);
			return result === undefined ? [] : [[item.number, result] as const];
		}),
	);
}

test('a control with several questions fails for the number that was asked, and for no other', async t => {
	const {settings} = subjectWith().target;
	const namespaces = {...settings.namespaces, pid: 'host', uts: 'host'};
	const seen = await answers({
		target: {
			settings: {...settings, namespaces},
			published: [{port: 8443, protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 22}],
		},
	});

	t.deepEqual(Object.fromEntries(seen), {
		'5.8': 'fail',
		'5.9': 'pass',
		'5.10': 'pass',
		'5.14': 'pass',
		'5.16': 'fail',
		'5.17': 'pass',
		'5.21': 'fail',
		'5.31': 'pass',
	});
});

test('what nobody looked at has no answer, and what could not be seen is not passed', t => {
	const item = cisItems.find(({number}) => number === '5.5');
	const unseen: Finding = {control: 'run-no-privileged', result: 'not-evaluated', message: 'It is dark'};

	t.is(item && cisResult(item, []), undefined);
	t.is(item && cisResult(item, [unseen]), 'not-evaluated');
});
