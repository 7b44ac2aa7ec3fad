import {existsSync, globSync, readFileSync} from 'node:fs';
import {basename, dirname, extname, join, normalize} from 'node:path';
import test from 'ava';
import {registry} from '../daemon/probes/index.ts';
import {type ControlId, catalogue} from '../policies/catalogue.ts';
import {parseBundle} from '../policies/parse-bundle.ts';
import {VERSION} from '../proto/version.ts';

// What keeps the house in order and no single file can keep by itself.

const root = join(import.meta.dirname, '..');
const rooms = ['policies', 'proto', 'frontend', 'daemon', 'cli', 'test', 'bench', 'examples'];
// Not ours, or made by machines.
const SKIPPED = /(?:^|\/)(?:node_modules|build|coverage|\.git|fixtures)(?:\/|$)/;

function files(pattern: string): readonly string[] {
	return globSync(pattern, {cwd: root, exclude: path => SKIPPED.test(path)})
		.filter(path => !SKIPPED.test(path))
		.toSorted();
}

function read(path: string): string {
	return readFileSync(join(root, path), 'utf8');
}

const sources = files(`{${rooms.join(',')}}/**/*.ts`);

/**
 * Who may import whom: a shelf sees itself and what stands here, a shelf or one file. What is not written is not allowed.
 * The files that lie directly in frontend, daemon, cli, test, bench and examples see their whole room, and the rooms here.
 */
const sees: Readonly<Record<string, readonly string[]>> = {
	policies: ['policies/*'],
	'policies/rules': ['policies'],
	'policies/controls': [],
	proto: ['proto/buildkit'],
	'proto/buildkit': [],
	// HTTP/2 as a client speaks it, for whoever must not trust what answers.
	'proto/http2': [],
	frontend: ['frontend/*', 'policies', 'policies/*', 'proto', 'proto/*'],
	'frontend/dockerfile': [],
	'frontend/stages': ['frontend/dockerfile'],
	'frontend/shell': ['frontend/dockerfile'],
	// A folder of rules sees what all rules share, and helpers of other folders.
	'frontend/rules': [
		'frontend/rules/*',
		'frontend/dockerfile',
		'frontend/stages',
		'frontend/shell',
		'frontend/proxies',
		'policies',
		'policies/rules',
	],
	'frontend/proxies': ['frontend/proxies/nginx', 'frontend/proxies/traefik'],
	'frontend/proxies/nginx': ['frontend/proxies'],
	'frontend/proxies/traefik': ['frontend/proxies'],
	// What `.sallyport.yaml` says, section by section.
	'frontend/project': ['frontend/project-door.ts', 'frontend/proxies'],
	'frontend/gateway': ['frontend/error.ts', 'proto/buildkit', 'proto/http2'],
	'frontend/llb': ['frontend/options.ts', 'proto', 'proto/buildkit'],
	'frontend/source': [
		'frontend/error.ts',
		'frontend/gateway',
		'frontend/llb',
		'frontend/options.ts',
		'frontend/rules',
		'frontend/rules/secret/file-contents.ts',
		'proto/buildkit',
	],
	daemon: ['daemon/*', 'policies', 'policies/*', 'proto'],
	'daemon/docker': ['daemon/error.ts', 'daemon/or-aborted.ts', 'proto'],
	'daemon/check': ['daemon', 'daemon/docker', 'daemon/host', 'daemon/tell'],
	'daemon/host': ['daemon/docker', 'policies', 'proto'],
	'daemon/probes': [
		'daemon/probes/*',
		'daemon/docker',
		'daemon/host',
		'daemon/episode.ts',
		'daemon/error.ts',
		'daemon/or-aborted.ts',
		'policies',
		'proto',
		'proto/http2',
	],
	'daemon/store': [],
	// Telling is told what to tell, and asks nobody.
	'daemon/tell': [
		'daemon/tell/*',
		'daemon/episode.ts',
		'daemon/error.ts',
		'daemon/event-codes.ts',
		'policies',
		'proto',
	],
	'daemon/log': ['daemon/store', 'proto'],
	// The API reads the record and nothing else: it never touches the engine or a probe.
	'daemon/api': ['daemon/episode.ts', 'daemon/error.ts', 'daemon/log', 'daemon/store', 'proto'],
	cli: ['frontend', 'frontend/*', 'daemon', 'daemon/*', 'policies', 'policies/*', 'proto'],
	test: ['*'],
	bench: ['*'],
	examples: ['*'],
};

const IMPORT = /(?:^import[^'"]*?|^export[^'"]*? from |\bimport\()['"](\.[^'"]+)['"]/gm;

function importsOf(path: string): readonly string[] {
	const found = read(path).matchAll(IMPORT);
	return Array.from(found, ([, to = '']) => normalize(join(dirname(path), to)));
}

function mayImport(shelf: string, to: string): boolean {
	const own = ownerOf(shelf);
	const allowed = sees[own] ?? [];
	const target = dirname(to);
	// A shelf without doors of its own goes in and out by those of the shelf it stands in.
	const isInside = target === shelf || (own !== shelf && ownerOf(target) === own);
	return (
		isInside ||
		allowed.some(
			name =>
				name === '*' ||
				name === to ||
				name === target ||
				(name.endsWith('/*') && target.startsWith(name.slice(0, -1))),
		)
	);
}

/** The nearest shelf at or above this one that has doors of its own. */
function ownerOf(shelf: string): string {
	return sees[shelf] !== undefined || !shelf.includes('/') ? shelf : ownerOf(dirname(shelf));
}

test('rooms and shelves have doors, and nobody goes through a wall', t => {
	const strays = sources.flatMap(path =>
		importsOf(path)
			.filter(to => !mayImport(dirname(path), to))
			.map(to => `${path} → ${to}`),
	);

	t.deepEqual(strays, []);
});

test('the table of doors names what exists', t => {
	const shelves = new Set(sources.map(dirname));
	const ruled = [...shelves].filter(shelf => /^(?:policies|proto|frontend|daemon)\b/.test(shelf));

	t.deepEqual(
		ruled.filter(
			shelf => sees[ownerOf(shelf)] === undefined || (!ownerOf(shelf).includes('/') && shelf.includes('/')),
		),
		[],
	);
	t.deepEqual(
		Object.keys(sees).filter(shelf => !existsSync(join(root, shelf))),
		[],
	);
	// The check itself can see: these lines hold imports that it must find.
	t.true(importsOf('test/house.test.ts').includes('proto/version.ts'));
	t.true(importsOf('cli/main.ts').includes('cli/check.ts'));
	t.false(mayImport('daemon/api', 'daemon/probes/index.ts'));
	t.false(mayImport('policies', 'proto/digest.ts'));
});

test('what judges is pure: no node modules and no packages in policies, rules, stages and the parser', t => {
	const pure = files(
		'{policies,frontend/rules,frontend/shell,frontend/stages,frontend/dockerfile,frontend/proxies}/**/*.ts',
	);
	const impure = pure.flatMap(path =>
		Array.from(
			read(path).matchAll(/^import[^'"]*['"]([^.'"][^'"]*)['"]/gm),
			([, name]) => `${path} imports ${name}`,
		),
	);

	// YAML is where bundles are read, and the shell's parser where shell is: nowhere else.
	// Scripts for njs are text in here; modules of Node's own would begin with `node:`.
	const meant =
		/^policies\/[a-z-]+\.ts imports yaml$|^frontend\/shell\/[a-z-]+\.ts imports unbash$|^frontend\/proxies\/nginx\/[a-z-]+\.ts imports fs$/;
	t.deepEqual(
		impure.filter(line => !meant.test(line)),
		[],
	);
});

test('the compiler keeps the same walls', t => {
	const references = (room: string): readonly string[] => {
		const config: unknown = JSON.parse(read(`${room}/tsconfig.json`));
		const list = (config as {references?: readonly {path: string}[]}).references ?? [];
		return list.map(({path}) => path.replace('../', '')).toSorted();
	};

	t.deepEqual(references('policies'), []);
	t.deepEqual(references('proto'), []);
	t.deepEqual(references('frontend'), ['policies', 'proto']);
	t.deepEqual(references('daemon'), ['policies', 'proto']);
});

test('a source file fits one sitting: at most 300 lines', t => {
	const long = [...sources, ...files('{frontend,daemon,test}/**/*.{c,h,sh}')]
		.filter(path => !path.endsWith('.test.ts'))
		.map(path => ({path, lines: read(path).split('\n').length - 1}))
		.filter(({lines}) => lines > 300);

	t.deepEqual(long, []);
});

test('every room has a README that begins with what it is', t => {
	const missing = rooms.filter(room => !existsSync(join(root, room, 'README.md')));
	const mute = rooms.filter(
		room => !missing.includes(room) && !/^# \S.*\n\n\S/.test(read(`${room}/README.md`)),
	);

	t.deepEqual({missing, mute}, {missing: [], mute: []});
});

test('what is registered is what the catalogue asks for, each with its page', t => {
	const judgedAtRun = (Object.keys(catalogue) as ControlId[])
		.filter(id => catalogue[id].judgedAt === 'run' || catalogue[id].judgedAt === 'both')
		.toSorted();
	const pages = files('daemon/probes/*/*.md')
		.map(path => basename(path, '.md'))
		.toSorted();

	t.deepEqual(Object.keys(registry).toSorted(), judgedAtRun);
	t.deepEqual(pages, judgedAtRun);
});

test('the bundle that others extend names every control, so that a new one is decided about and not forgotten', t => {
	const path = 'policies/bundles/baseline.yaml';
	const {named, name} = parseBundle(read(path), path);
	const forgotten = Object.keys(catalogue).filter(id => !named.has(id));

	t.deepEqual(forgotten, []);
	t.is(name, 'baseline');
});

test('criteria are ids of the closed list', t => {
	const counts = {
		CC1: 5,
		CC2: 3,
		CC3: 4,
		CC4: 2,
		CC5: 3,
		CC6: 8,
		CC7: 5,
		CC8: 1,
		CC9: 2,
		A1: 3,
		C1: 2,
		PI1: 5,
	};
	const privacy = {P1: 1, P2: 1, P3: 2, P4: 3, P5: 2, P6: 7, P7: 1, P8: 1};
	const known = new Set(
		Object.entries({...counts, ...privacy}).flatMap(([group, count]) =>
			Array.from({length: count}, (_, index) => `${group}.${index + 1}`),
		),
	);
	t.is(known.size, 61);

	const strange = Object.entries(catalogue).flatMap(([id, {criteria, also}]) =>
		[...criteria, ...also].filter(criterion => !known.has(criterion)).map(criterion => `${id}: ${criterion}`),
	);
	t.deepEqual(strange, []);
});

test('an error code means one thing', t => {
	const owners = new Map<string, string[]>();
	for (const path of sources.filter(path => !path.startsWith('test/'))) {
		for (const [, union = ''] of read(path).matchAll(/type \w*ErrorCode =\s*((?:\|?\s*'[A-Z_]+'\s*)+)/g)) {
			for (const [, code = ''] of union.matchAll(/'([A-Z_]+)'/g)) {
				owners.set(code, [...(owners.get(code) ?? []), path]);
			}
		}
	}

	t.true(owners.has('POLICY_WEAKENED') && owners.has('FRONTEND_DENIED') && owners.has('CLI_USAGE'));
	t.deepEqual(
		[...owners].filter(([, paths]) => paths.length > 1),
		[],
	);
});

test('versions are exact, and there is one of ours', t => {
	const manifest = JSON.parse(read('package.json')) as Readonly<Record<string, unknown>>;
	const all = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap(key =>
		Object.entries((manifest[key] ?? {}) as Readonly<Record<string, string>>),
	);

	t.true(all.length > 10);
	t.deepEqual(
		all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
		[],
	);
	t.is(manifest['version'], VERSION);
});

const textual = new Set(['.ts', '.js', '.mjs', '.json', '.md', '.yaml', '.yml', '.sh', '.c', '.h', '']);

test('no file tells of the machine it was written on', t => {
	// Put together here, so that this file does not hold what it looks for. Node's official image has a home of its own.
	const places = ['work', 'root', 'home'].map(folder => `/${folder}/`);
	const telling = new RegExp(
		`(?:^|[\\s"'\`(=])(?:${places[0]}(?:main|shared)|${places[2]}(?!node/)[a-z]+/)`,
		'm',
	);
	const tracked = [...files('*'), ...files(`{${rooms.join(',')}}/**/*`)].filter(path =>
		textual.has(extname(path)),
	);
	const found = tracked.filter(path => isFile(path) && telling.test(read(path)));

	t.true(tracked.length > 100);
	t.deepEqual(found, []);
});

test('nothing promises what only an auditor can say', t => {
	const words = ['compliant', 'certified', 'satisfied', 'satisfies'].map(
		word => new RegExp(`\\b(?:SOC ?2|CC\\d\\.\\d)[^.\\n]{0,40}\\b${word}\\b`, 'i'),
	);
	const told = [...sources, ...files('*.md'), ...files(`{${rooms.join(',')}}/**/*.md`)].filter(
		path => path !== 'test/house.test.ts',
	);

	t.deepEqual(
		told.filter(path => words.some(word => word.test(read(path)))),
		[],
	);
	t.true(words.some(word => word.test('This image is SOC 2 compliant.')));
});

function isFile(path: string): boolean {
	return !existsSync(join(root, path, '.')) || extname(path) !== '';
}
