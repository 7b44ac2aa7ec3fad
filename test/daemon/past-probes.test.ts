import test from 'ava';
import type {Past} from '../../daemon/docker/past.ts';
import {availMinReplicas} from '../../daemon/probes/availability/avail-min-replicas.ts';
import {availNoCrashLoop} from '../../daemon/probes/availability/avail-no-crash-loop.ts';
import {healthState} from '../../daemon/probes/availability/health-state.ts';
import {availabilityProbes} from '../../daemon/probes/availability/index.ts';
import {isolationProbes} from '../../daemon/probes/isolation/index.ts';
import {runExecObserved} from '../../daemon/probes/isolation/run-exec-observed.ts';
import type {Probe, Registered, Subject} from '../../daemon/probes/probe.ts';
import {worstContainer} from '../../daemon/probes/worst/container.ts';
import {quietPast, subjectWith} from '../helpers/subject.ts';

const now = new Date('2026-05-02T12:00:00Z');
const ago = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);

/** Of a container that was watched for two days. */
function pastWith(changed: Partial<Past> = {}): Past {
	return {...quietPast, since: ago(2880), ...changed};
}

type Changed = Parameters<typeof subjectWith>[0];
type Row = readonly [title: string, probe: Probe, changed: Changed, result: string];

const crash = (minutes: number, asked = false) => ({at: ago(minutes), exitCode: 1, asked});
const exec = (minutes: number, user: string | undefined, privileged: boolean | undefined) => ({
	at: ago(minutes),
	id: `e${minutes}`,
	word: 'sh',
	user,
	privileged,
});
const replica = (engine: string, healthy: boolean | undefined) => ({id: engine, engine, healthy});
const three = [replica('a', true), replica('a', undefined), replica('b', false)];
const served: Changed = {
	target: {service: 'shop/web'},
	replicas: async () => ({seen: true, items: three}),
};

const rows: readonly Row[] = [
	[
		'three crashes in an hour',
		availNoCrashLoop,
		{past: pastWith({ends: [1, 2, 3].map(m => crash(m))})},
		'pass',
	],
	[
		'four crashes in an hour',
		availNoCrashLoop,
		{past: pastWith({ends: [1, 2, 3, 4].map(m => crash(m))})},
		'fail',
	],
	[
		'four ends that somebody asked for',
		availNoCrashLoop,
		{past: pastWith({ends: [1, 2, 3, 4].map(m => crash(m, true))})},
		'pass',
	],
	[
		'four crashes of which one is older than an hour',
		availNoCrashLoop,
		{past: pastWith({ends: [1, 2, 3, 61].map(m => crash(m))})},
		'pass',
	],
	[
		'two crashes where the policy bears one',
		availNoCrashLoop,
		{past: pastWith({ends: [1, 2].map(m => crash(m))}), paramsOf: () => ({perHour: 1})},
		'fail',
	],
	['memory that ran out', availNoCrashLoop, {past: pastWith({ooms: [ago(5)]})}, 'fail'],
	['memory that ran out yesterday', availNoCrashLoop, {past: pastWith({ooms: [ago(1500)]})}, 'pass'],
	['a kill for memory that the engine still shows', availNoCrashLoop, {target: {oomKilled: true}}, 'fail'],
	['nobody who listens to crashes', availNoCrashLoop, {past: undefined}, 'not-evaluated'],
	[
		'many restarts before anybody listened',
		availNoCrashLoop,
		{target: {restartCount: 9}, past: pastWith({since: ago(10)})},
		'not-evaluated',
	],
	['many restarts long ago', availNoCrashLoop, {target: {restartCount: 9}, past: pastWith()}, 'pass'],
	[
		'many restarts, and a gap in the hour',
		availNoCrashLoop,
		{target: {restartCount: 9}, past: pastWith({gaps: [{from: ago(40), to: ago(30)}]})},
		'not-evaluated',
	],

	['no exec', runExecObserved, {past: pastWith()}, 'pass'],
	[
		'an exec as an ordinary user',
		runExecObserved,
		{past: pastWith({execs: [exec(5, '1000', false)]})},
		'pass',
	],
	[
		"an exec as the container's own user",
		runExecObserved,
		{past: pastWith({execs: [exec(5, '', false)]})},
		'pass',
	],
	['an exec as root', runExecObserved, {past: pastWith({execs: [exec(5, 'root', false)]})}, 'fail'],
	[
		'an exec as user 0 with a group',
		runExecObserved,
		{past: pastWith({execs: [exec(5, '0:100', false)]})},
		'fail',
	],
	[
		'an exec in a container of root',
		runExecObserved,
		{target: {user: ''}, past: pastWith({execs: [exec(5, '', false)]})},
		'fail',
	],
	['an exec with privileges', runExecObserved, {past: pastWith({execs: [exec(5, '1000', true)]})}, 'fail'],
	[
		'a privileged exec of which the user is not known',
		runExecObserved,
		{past: pastWith({execs: [exec(5, undefined, true)]})},
		'fail',
	],
	[
		'an exec as root two hours ago',
		runExecObserved,
		{past: pastWith({execs: [exec(120, 'root', true)]})},
		'pass',
	],
	[
		'the same, where the policy keeps it in sight',
		runExecObserved,
		{past: pastWith({execs: [exec(120, 'root', true)]}), paramsOf: () => ({window: 86_400})},
		'fail',
	],
	[
		'an exec of which nothing is known',
		runExecObserved,
		{past: pastWith({execs: [exec(5, undefined, undefined)]})},
		'not-evaluated',
	],
	[
		'no exec, but a gap in which there may have been one',
		runExecObserved,
		{past: pastWith({gaps: [{from: ago(20), to: ago(19)}]})},
		'not-evaluated',
	],
	[
		'so many execs that some are forgotten',
		runExecObserved,
		{past: pastWith({execs: Array.from({length: 128}, () => exec(1, '1000', false))})},
		'fail',
	],
	['nobody who listens to execs', runExecObserved, {past: undefined}, 'not-evaluated'],

	[
		'unhealthy for seven minutes of a day',
		healthState,
		{
			past: pastWith({
				health: [
					{at: ago(70), status: 'unhealthy'},
					{at: ago(63), status: 'healthy'},
				],
			}),
		},
		'pass',
	],
	[
		'unhealthy for eight minutes of a day',
		healthState,
		{
			past: pastWith({
				health: [
					{at: ago(71), status: 'unhealthy'},
					{at: ago(63), status: 'healthy'},
				],
			}),
		},
		'fail',
	],
	[
		'unhealthy until it was stopped for the night',
		healthState,
		{
			past: pastWith({
				health: [
					{at: ago(600), status: 'unhealthy'},
					{at: ago(60), status: 'healthy'},
				],
				ends: [crash(599)],
			}),
		},
		'pass',
	],
	[
		'unhealthy two days ago',
		healthState,
		{
			past: pastWith({
				health: [
					{at: ago(2800), status: 'unhealthy'},
					{at: ago(1500), status: 'healthy'},
				],
			}),
		},
		'pass',
	],
	['healthy where nobody listens', healthState, {past: undefined}, 'pass'],

	['two replicas of two', availMinReplicas, {...served, paramsOf: () => ({min: 2})}, 'pass'],
	[
		'two replicas of three, one of them unhealthy',
		availMinReplicas,
		{...served, paramsOf: () => ({min: 3})},
		'fail',
	],
	[
		'two replicas on one engine of two',
		availMinReplicas,
		{...served, paramsOf: () => ({min: 2, hosts: 2})},
		'fail',
	],
	['a policy without a number', availMinReplicas, served, 'not-evaluated'],
	['a container of no service', availMinReplicas, {paramsOf: () => ({min: 2})}, 'not-applicable'],
	[
		'replicas that cannot be counted',
		availMinReplicas,
		{...served, replicas: async () => ({seen: false, reason: 'no'}), paramsOf: () => ({min: 2})},
		'not-evaluated',
	],
];

for (const [title, probe, changed, result] of rows) {
	test(`${title}: ${result}`, async t => {
		const subject: Subject = {...subjectWith(changed), now};

		const findings = await probe(subject, AbortSignal.timeout(5000));

		t.deepEqual(
			findings.map(each => each.result),
			[result],
			findings[0]?.message,
		);
	});
}

const judged: Readonly<Record<string, Registered>> = {...availabilityProbes, ...isolationProbes};

for (const control of ['avail-no-crash-loop', 'avail-min-replicas', 'run-exec-observed', 'health-state']) {
	test(`${control} sees what is wrong with something bad on purpose`, async t => {
		const entry = judged[control];
		const signal = AbortSignal.timeout(5000);
		const {subject} = await (entry?.worst ?? worstContainer)(signal);

		const findings = (await entry?.probe(subject, signal)) ?? [];

		t.is(findings[0]?.result, 'fail');
	});
}

test("a command's words after the first are never told", async t => {
	const past = pastWith({execs: [exec(1, 'root', true)]});

	const [finding] = await runExecObserved({...subjectWith({past}), now}, AbortSignal.timeout(1000));

	t.regex(finding?.message ?? '', /started "sh" in the container with privileges/);
});
