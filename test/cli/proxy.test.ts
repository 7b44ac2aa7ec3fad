import test from 'ava';
import {labels} from '../../proto/labels.ts';
import {engineWith, type Kept} from '../helpers/small-engine.ts';
import {typed} from '../helpers/typed.ts';

// Which images carry an old proxy, asked of an engine that is a small one of ours. On a real one: test/proxy-images-rebase.test.ts.

const FLOOR = '1.26.3-3+deb13u11';
const CONTRACT = {[labels.contract]: 'sha256:1'};

const versions = (nginx: string): string =>
	JSON.stringify({packages: {nginx, libssl3t64: '3.5.7-1~deb13u3'}});

const IMAGES: readonly Kept[] = [
	{Id: 'sha256:new', RepoTags: ['new:1'], Labels: CONTRACT, text: versions(FLOOR)},
	{Id: 'sha256:old', RepoTags: ['old:1'], Labels: CONTRACT, text: versions('1.26.3-3+deb13u9')},
	{Id: 'sha256:plain', RepoTags: ['plain:1'], Labels: CONTRACT},
	{Id: 'sha256:other', RepoTags: ['other:1'], Labels: {}, text: versions('1.0-1')},
	{Id: 'sha256:nameless', RepoTags: ['<none>:<none>'], Labels: CONTRACT, text: versions('1.26.3-3')},
	{Id: 'sha256:unused', RepoTags: [], Labels: CONTRACT, text: versions('1.26.3-3')},
];

test('images with a proxy are listed, the old ones with their holes and what runs of them, and the exit code is 1', async t => {
	const host = await engineWith(t, IMAGES);
	const {code, out} = await typed(['proxy', 'list', '--docker-host', host, '--json']);
	t.is(code, 1);
	const {floor, images} = JSON.parse(out);
	t.is(floor.nginx, FLOOR);
	t.deepEqual(
		images.map(({id, old, running}: {id: string; old: boolean; running: readonly string[]}) => [
			id,
			old,
			running,
		]),
		[
			['sha256:nameless', true, ['web']],
			['sha256:new', false, []],
			['sha256:old', true, []],
		],
	);
	const old = images.find(({id}: {id: string}) => id === 'sha256:old');
	t.true(
		old.holes.some(
			({id, fixedIn}: {id: string; fixedIn: string}) => id === 'CVE-2026-97629' && fixedIn.endsWith('u10'),
		),
	);
	t.false(old.holes.some(({id}: {id: string}) => id === 'CVE-2026-42533'));
});

test('a list for people names what is old, and says what to do about it', async t => {
	const host = await engineWith(t, IMAGES);
	const {code, out} = await typed(['proxy', 'list', 'old:1', '--docker-host', host]);
	t.is(code, 1);
	t.regex(out, /old {2}old:1 {2}nginx 1\.26\.3-3\+deb13u9 {2}CVE-/);
	t.regex(out, /1 of 1 with a proxy have known holes: nothing older than nginx 1\.26\.3-3\+deb13u11/);
	const fine = await typed(['proxy', 'list', 'new:1', '--docker-host', host]);
	t.is(fine.code, 0);
	t.regex(fine.out, /1 with a proxy, none older than/);
});

test('a layer that tells nothing of itself is no new one, and its words do not reach the terminal', async t => {
	const name = 'odd\u001b[31m:1';
	const host = await engineWith(t, [
		{Id: 'sha256:odd', RepoTags: [name], Labels: CONTRACT, text: '{"packages":{"nginx":"\\u001b"}}'},
	]);
	const {code, out} = await typed(['proxy', 'list', '--docker-host', host]);
	t.is(code, 1);
	t.regex(out, /cannot be read/);
	t.false(out.includes('\u001b'));
});

test('an image or an engine that is not there is told in one sentence', async t => {
	const host = await engineWith(t, IMAGES);
	const none = await typed(['proxy', 'list', 'nosuch', '--docker-host', host]);
	t.is(none.code, 2);
	t.regex(none.err, /^sallyport proxy: The engine at .* has no image nosuch.*\n$/);
	const nowhere = await typed(['proxy', 'list', '--docker-host', 'unix:///nowhere']);
	t.is(nowhere.code, 2);
	t.regex(nowhere.err, /^sallyport proxy: The engine at .* does not answer.*\n$/);
	t.is((await typed(['proxy'])).code, 2);
});

test('a service that is the proxy of another one is no Dockerfile to judge, and said', async t => {
	const path = new URL('../../examples/compose-sidecar/compose.yaml', import.meta.url).pathname;
	const {out, err} = await typed(['check', path]);
	t.regex(out + err, /proxy is the proxy of an application, in an image of its own/);
	t.regex(out, /Dockerfile/);
	t.notRegex(err, /no stage/);
});
