import test from 'ava';
import {GatewayError} from '../../frontend/error.ts';
import type {Examined} from '../../frontend/examine.ts';
import type {Left} from '../../frontend/left.ts';
import {readOptions} from '../../frontend/options.ts';
import type {Outcome} from '../../frontend/self-test.ts';
import {leftFromTheStart, prove, recordedTest, refuseUnproven, rulesOnTrial} from '../../frontend/trial.ts';
import {usualTerms} from '../../policies/terms.ts';

// Nothing bold is kept that was not seen to start.

const passed: Outcome = {word: 'passed', sentence: 'it started', log: []};
const failed: Outcome = {word: 'failed', sentence: 'it ended with code 1', log: ['a', 'No such file: x']};

const TEXT = 'FROM debian\nRUN make\nRUN appended\n';

/** A failure of BuildKit's that blames a line. */
function failure(line: number): GatewayError {
	const value = new TextEncoder().encode(JSON.stringify({ranges: [{start: {line}}]}));
	const details = [{typeUrl: 'github.com/moby/buildkit/errdefs.Source+json', value}];
	return new GatewayError({
		code: 2,
		message: 'process "/bin/sh -c make TOKEN=hunter2" did not complete',
		details,
	});
}

type Applied = Examined['applied'][number];

/** A repair that only adds to the end; with a stage, one that puts another in the target's place. */
function onTrial(rule: string, stage?: string): Applied {
	const fix = {
		title: rule,
		isOnTrial: true as const,
		...(stage === undefined ? {} : {stage: {name: stage, lines: []}}),
	};
	return found(rule, fix);
}

/** A repair that changes what the author's own instructions do. */
function changing(rule: string): Applied {
	return found(rule, {title: rule, isOnTrial: true, edits: [{span: {start: 0, end: 1}, text: 'F'}]});
}

function found(rule: string, fix: NonNullable<Applied['finding']['fix']>): Applied {
	const setting = {level: 'warn', fix: 'auto', tiers: {}, params: {}} as const;
	return {rule, setting, finding: {result: 'fail', message: rule, fix}};
}

interface Story {
	readonly rules: readonly Applied[];
	/** What becomes of a build with these rules' repairs. */
	readonly with: (rules: readonly string[]) => Outcome | Error;
	readonly isRequired?: boolean;
}

/** Which rules' repairs were made in each attempt, and what came of it. */
async function told({rules, with: fate, isRequired = false}: Story) {
	const attempts: string[][] = [];
	const tried: string[][] = [];
	let last: Left | undefined;
	const examinedWith = (left: Left): {examined: Examined; text: Uint8Array} => {
		const applied = rules.filter(({rule}) => (left.rules.get(rule) ?? left.all) === undefined);
		return {examined: {applied} as unknown as Examined, text: new TextEncoder().encode(TEXT)}; // Of a judgement, a trial looks at nothing else.
	};
	const proven = await prove(examinedWith({rules: new Map()}), {
		isRequired,
		original: new TextEncoder().encode(TEXT.replace('appended', '')),
		decide: async left => {
			last = left;
			return examinedWith(left);
		},
		make: async ({examined}) => {
			const made = rulesOnTrial(examined.applied);
			attempts.push([...made]);
			const end = fate(made);
			if (end instanceof Error) {
				throw end;
			}

			return {};
		},
		start: async ({examined}) => {
			const made = rulesOnTrial(examined.applied);
			tried.push([...made]);
			return fate(made) as Outcome; // An error has ended the attempt before.
		},
	});
	return {attempts, tried, left: last, outcome: proven.outcome};
}

test('what starts is kept, after one attempt', async t => {
	const {attempts, tried, left} = await told({rules: [onTrial('a'), onTrial('b')], with: () => passed});

	t.deepEqual(attempts, [['a', 'b']]);
	t.deepEqual(tried, [['a', 'b']]);
	t.is(left, undefined);
});

test('where nothing is on trial nothing is started', async t => {
	const {attempts, tried} = await told({rules: [], with: () => failed});

	t.deepEqual(attempts, [[]]);
	t.deepEqual(tried, []);
});

test('the boldest goes first, then half of the rest, then all', async t => {
	const rules = ['manifests-first', 'no-root-user', 'slim-final-base', 'x', 'y'].map(rule => onTrial(rule));

	const {attempts, tried, left} = await told({
		rules: [...rules, onTrial('split-build', 'runtime')],
		with: () => failed,
	});

	t.deepEqual(attempts, [
		['split-build', 'slim-final-base', 'no-root-user', 'manifests-first', 'x', 'y'],
		['slim-final-base', 'no-root-user', 'manifests-first', 'x', 'y'],
		['x', 'y'],
		[],
	]);
	t.is(tried.length, 3);
	t.deepEqual([...(left?.rules.keys() ?? [])].length, 6);
});

test('an application that lacks a right loses its user first, and keeps the smaller image', async t => {
	const denied: Outcome = {
		...failed,
		log: ["Error: EACCES: permission denied, mkdir '/app/data'", 'at main'],
	};
	const {attempts} = await told({
		rules: [onTrial('split-build', 'runtime'), onTrial('slim-final-base'), onTrial('user-set')],
		with: made => (made.includes('user-set') ? denied : passed),
	});

	t.deepEqual(attempts, [
		['split-build', 'slim-final-base', 'user-set'],
		['split-build', 'slim-final-base'],
	]);
});

test('what one of them broke works without it, and the others stay', async t => {
	const {attempts, left} = await told({
		rules: [onTrial('slim-final-base'), onTrial('manifests-first')],
		with: made => (made.includes('slim-final-base') ? failed : passed),
	});

	t.deepEqual(attempts, [['slim-final-base', 'manifests-first'], ['manifests-first']]);
	t.deepEqual(
		[...(left?.rules ?? [])],
		[
			[
				'slim-final-base',
				'Its repair was made, tried and taken back: it ended with code 1; its last line was: No such file: x.',
			],
		],
	);
});

test('what waited until its time was up loses all at once', async t => {
	const {attempts} = await told({
		rules: [onTrial('a'), onTrial('b'), onTrial('c')],
		with: () => ({...failed, word: 'overdue'}),
	});

	t.deepEqual(attempts, [['a', 'b', 'c'], []]);
});

test('a build that fails with them loses at once all that changes it, and then the rest', async t => {
	const rules = [changing('a'), changing('b'), onTrial('c')];
	const {attempts, left} = await told({
		rules,
		with: made => (made.includes('a') ? failure(2) : passed),
	});
	const none = await told({rules, with: made => (made.length > 0 ? failure(3) : passed)});

	t.deepEqual(attempts, [['a', 'b', 'c'], ['c']]);
	t.is(left?.rules.get('b'), 'Its repair was made and taken back: the build failed with it.');
	t.deepEqual(none.attempts, [['a', 'b', 'c'], ['c'], []]);
});

test('a failure of what the author wrote, with nothing on trial before it, is not built again', async t => {
	const seen: (readonly string[])[] = [];
	const error = failure(2);

	await t.throwsAsync(
		told({
			rules: [changing('a'), onTrial('c')],
			with: made => {
				seen.push(made);
				return error;
			},
		}),
		{is: error},
	);

	t.deepEqual(seen, [['a', 'c'], ['c']]);
});

test('a build that fails without them, too, fails with its own error', async t => {
	const error = new GatewayError({code: 2, message: 'exit code: 3'});

	await t.throwsAsync(told({rules: [onTrial('a')], with: () => error}), {is: error});
});

test('a build that somebody ends is not begun anew', async t => {
	const seen: number[] = [];
	for (const code of [1, 13]) {
		const error = new GatewayError({code, message: 'context canceled'});
		await t.throwsAsync(
			told({
				rules: [onTrial('a')],
				with: made => {
					seen.push(made.length);
					return error;
				},
			}),
			{is: error},
		);
	}

	t.deepEqual(seen, [1, 1]);
});

test('what has to pass is started to the last, with nothing on trial', async t => {
	const {tried, outcome} = await told({rules: [onTrial('a')], with: () => failed, isRequired: true});

	t.deepEqual(tried, [['a'], []]);
	t.is(outcome?.word, 'failed');
});

test('a bundle that has nothing tried, and a foreign platform, make nothing on trial and say why', t => {
	const off = {...usualTerms.build, selfTest: 'off'} as const;
	const trial = {...usualTerms.build, selfTest: 'trial'} as const;
	const native = readOptions({});
	const foreign = readOptions({BUILDKIT_FRONTEND_OPT_0: 'platform=linux/amd64,linux/riscv64'});

	t.regex(leftFromTheStart(off, native)?.all ?? '', /"selfTest: off"/);
	t.regex(
		leftFromTheStart(trial, foreign)?.all ?? '',
		/not made for linux\/riscv64, which a builder for linux\/amd64/,
	);
	t.is(leftFromTheStart(trial, native), undefined);
});

test('the record says what was started, and what was taken back', t => {
	const options = readOptions({});
	const left = {rules: new Map([['a', 'why']])};
	const with_ = (applied: readonly Applied[]) => ({applied}) as unknown as Examined; // Nothing else is looked at.

	t.is(recordedTest(with_([]), undefined, options, false), undefined);
	t.deepEqual(recordedTest(with_([]), left, options, false), {outcome: 'not-run', takenBack: ['a']});
	t.deepEqual(recordedTest(with_([onTrial('b')]), left, options, false), {
		outcome: 'passed',
		platform: 'linux/amd64',
		takenBack: ['a'],
	});
	t.is(recordedTest(with_([]), undefined, options, true)?.outcome, 'passed');
});

test('the refusal names what happened, the way out, and the last lines', t => {
	t.notThrows(() => refuseUnproven(passed, 'soc2-strict'));
	t.throws(() => refuseUnproven(failed, 'soc2-strict'), {
		message: `The image was started in the build and did not pass: it ended with code 1. Policy soc2-strict requires it; what cannot start without its surroundings can be built under a bundle that says "selfTest: trial".
  | a
  | No such file: x`,
	});
});
