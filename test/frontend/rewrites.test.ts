import test, {type ExecutionContext} from 'ava';
import {loadBundle} from '../../frontend/bundles.ts';
import {FrontendError} from '../../frontend/error.ts';
import {type Examined, examine, openDockerfile} from '../../frontend/examine.ts';
import {readOptions} from '../../frontend/options.ts';
import {noProject} from '../../frontend/project.ts';
import {rewrite} from '../../frontend/rewrite.ts';
import {type Known, stepText} from '../../frontend/show.ts';
import {strengthen} from '../../frontend/strengthen.ts';
import {repairs} from '../../frontend/switched-off.ts';
import {isRuleId} from '../../policies/rules/index.ts';

// Which repairs a build makes, which it leaves out because somebody said so, and how both are shown.

const bundles = new URL('../../policies/bundles/', import.meta.url);
const hardened = await loadBundle('hardened', bundles, new Date('2026-01-01'));

const TEXT = `FROM debian:bookworm-slim
RUN mkdir /srv/a
RUN touch /srv/a/b
RUN apt-get update && apt-get install -y curl=7.88.1-10
USER 1000:1000
`;

function switchedOff(value: string): ReadonlySet<string> {
	return readOptions({BUILDKIT_FRONTEND_OPT_0: `build-arg:SALLYPORT_REWRITE=${value}`}).switchedOff;
}

function refusal(t: ExecutionContext, value: string): string {
	const error = t.throws(() => switchedOff(value), {instanceOf: FrontendError});
	t.is(error.code, 'FRONTEND_BAD_OPTION');
	return error.message;
}

function built(text: string, ...off: readonly string[]): Examined & {readonly known: Known} {
	const bytes = new TextEncoder().encode(text);
	const wanted = {
		bytes,
		target: undefined,
		buildArgs: new Map<string, string>(),
		contexts: new Set<string>(),
	};
	const opened = openDockerfile({file: 'Dockerfile', ...wanted});
	const examined = examine(opened, {
		bundle: strengthen(hardened, noProject, new Set(off.filter(isRuleId))),
		project: noProject,
		images: new Map(),
		proxy: undefined,
		isOffline: true,
		contextFiles: [],
	});
	const after = openDockerfile({...opened, bytes: examined.bytes, target: examined.targetName});
	const known = {
		examined,
		contract: {} as Known['contract'], // None of the steps looked at here shows it.
		text: rewrite(after.dockerfile, after.target, examined.plan !== undefined),
		original: {file: 'Dockerfile', bytes},
	};
	return {...examined, known};
}

function resultsOf({findings}: Examined, id: string): readonly string[] {
	return findings.filter(({rule}) => rule === id).map(({result}) => result);
}

test('a build argument switches repairs off by name, all of them, or all others', t => {
	t.deepEqual([...switchedOff('-merged-runs, -cache-mounts')], ['merged-runs', 'cache-mounts']);
	t.deepEqual([...switchedOff('none')], [...repairs()]);
	t.deepEqual(
		[...switchedOff('cache-mounts')],
		repairs().filter(id => id !== 'cache-mounts'),
	);
	t.is(switchedOff('').size, 0);
});

test('the name of a repair that there is not is one sentence, with the one that was meant', t => {
	t.is(
		refusal(t, '-cache-mount'),
		'SALLYPORT_REWRITE: there is no repair called "cache-mount"; did you mean cache-mounts?',
	);
	t.regex(
		refusal(t, '-something-else'),
		/there is no repair called "something-else"; "sallyport check" names them$/,
	);
	t.regex(refusal(t, '-no-deleted-bytes'), /the rule no-deleted-bytes repairs nothing$/);
	t.regex(refusal(t, 'cache-mounts,-merged-runs'), /with a minus, which are left out, or without/);
	t.false(refusal(t, `-${'x\n'.repeat(1000)}`).includes('\n'));
	t.true(refusal(t, `-${'x'.repeat(5000)}`).length < 200);
});

test('a repair that is switched off is not made, and its finding stays a failure', t => {
	const all = built(TEXT);
	const some = built(TEXT, 'merged-runs');

	t.deepEqual(resultsOf(all, 'merged-runs'), ['fixed']);
	t.deepEqual(resultsOf(some, 'merged-runs'), ['fail']);
	t.deepEqual(resultsOf(some, 'no-apt-lists'), resultsOf(all, 'no-apt-lists'));
	t.is(new TextDecoder().decode(built(TEXT, ...repairs()).bytes), TEXT);
});

test('what a build changes is shown as a diff, each change under its rules and reasons', t => {
	const diff = stepText('diff', built(TEXT).known);

	t.regex(diff, /^--- a\/Dockerfile\n\+\+\+ b\/Dockerfile\n/);
	t.regex(diff, /^# merged-runs: Neighbouring RUNs .* → one RUN instead of several$/m);
	t.regex(diff, /^-RUN touch \/srv\/a\/b$/m);
	t.regex(diff, /^\+ {4}touch \/srv\/a\/b && \\$/m);
	t.regex(diff, /^# proxy-layer: the contract goes in/m);
	t.regex(diff, /^\+COPY --link --from=sallyport-record \/ \/$/m);
});

test('what goes over the finished image is told at its end', t => {
	const {known} = built(TEXT);
	const [first] = known.examined.applied;
	const fix = {title: 'no set-uid bits', harden: ['--setuid']};
	const applied =
		first === undefined
			? []
			: [{...first, rule: 'no-setuid-files', finding: {...first.finding, fix}} as const];

	const diff = stepText('diff', {...known, examined: {...known.examined, applied}});

	t.regex(diff, /^# no-setuid-files: .* → no set-uid bits\n# proxy-layer: the contract/m);
});

test('a repair that a bundle wants made is one of a rule that is asked', t => {
	const idle = Object.entries(hardened.rules).filter(([, {fix, level}]) => fix === 'auto' && level === 'off');

	t.deepEqual(
		idle.map(([id]) => id),
		[],
	);
});
