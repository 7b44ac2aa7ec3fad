import {execFileSync, spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {folderWith} from '../helpers/typed.ts';

const root = join(import.meta.dirname, '../..');

/** The files that a file of the bundle loads at once, itself included. */
function loadedBy(folder: string, file: string, seen: ReadonlySet<string> = new Set()): ReadonlySet<string> {
	const text = readFileSync(join(folder, file), 'utf8');
	const next = Array.from(
		text.matchAll(/^(?:import|export)[^;'"]*['"]\.\/([^'"]+)['"]/gm),
		([, name = '']) => name,
	);
	return next
		.filter(name => !seen.has(name))
		.reduce<ReadonlySet<string>>((all, name) => loadedBy(folder, name, all), new Set([...seen, file]));
}

test('the bundle runs without sources and packages, and check loads what check needs', t => {
	const path = folderWith(t, {
		Dockerfile: 'FROM node:24\nENV A=1\n',
		'compose.yaml': 'services: {a: {build: .}}',
	});
	const dist = path('dist');
	execFileSync(process.execPath, [join(root, 'build.mjs'), dist], {stdio: 'ignore'});
	const ran = (
		...args: readonly string[]
	): {readonly status: number | null; readonly stdout: string; readonly stderr: string} =>
		spawnSync(process.execPath, [join(dist, 'sallyport.mjs'), ...args], {
			encoding: 'utf8',
			cwd: path('.'),
			env: {XDG_CACHE_HOME: path('cache')},
		});

	const one = ran('check', 'Dockerfile', '--format', 'json');
	const folder = ran('check', '.');

	t.is(one.stderr, '');
	t.is(one.status, 0);
	t.is(JSON.parse(one.stdout).files[0].file, 'Dockerfile');
	t.regex(folder.stdout, /^Dockerfile {2}a in compose\.yaml\n/);
	t.is(ran('--version').status, 0);
	t.is(ran('daemon', '--help').status, 0);

	const app = join(dist, 'app/cli');
	const check = readdirSync(app).find(name => name.startsWith('check-task-')) ?? '';
	const loaded = [...loadedBy(app, check)].map(name => readFileSync(join(app, name), 'utf8')).join('\n');
	const packages = new Set(
		Array.from(
			loaded.matchAll(/^\s*(?:\/\/ |")node_modules\/((?:@[^/"]+\/)?[^/".][^/"]*)/gm),
			([, name]) => name,
		),
	);
	t.deepEqual([...packages], ['unbash']);
});
