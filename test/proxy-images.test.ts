import {readFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {ensureImages} from './engine/images.ts';
import {askAt, healthyAt} from './helpers/address.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';
import {columns, type ImageRow, imageRows, PARTS} from './helpers/image-rows.ts';
import {exitOf, linesOf} from './helpers/proxied.ts';

// Every kind of image gets the layer from the build gate, and runs with it however short its container is held: it answers over
// TLS, lets the last request finish, and ends with the application's own code.

/** Each row is started with all of it, and in one column more, another one for each row; in all of them in the longer run. */
const isAll = process.env['SALLYPORT_ALL_IMAGES'] === '1';
const [FIRST = '', ...others] = Object.keys(columns);

const WHOLE = 'slow but whole';

let docker: Docker;
const fixture = (name: string): string =>
	readFileSync(new URL(`fixtures/images/${name}`, import.meta.url), 'utf8');

test.before(async () => {
	docker = await openDocker();
	await ensureImages(docker.engine, [
		'debian:trixie-slim',
		'debian:bookworm-slim',
		'alpine:3.22',
		'gcr.io/distroless/static-debian12:nonroot',
	]);
	const parts = ['Dockerfile', 'app.c', 'init.c'].map(name => [name, fixture(name)]);
	const {code, stderr} = await docker([
		'build',
		'-q',
		'-t',
		PARTS,
		await folderOf(Object.fromEntries(parts)),
	]);
	if (code !== 0) {
		throw new Error(stderr);
	}
});

/** In which columns a row is started in this run. */
function columnsOf(number: number): readonly string[] {
	return isAll ? [FIRST, ...others] : [FIRST, others[number % others.length] ?? FIRST];
}

for (const [number, [name, row]] of Object.entries(imageRows).entries()) {
	const image = `sallyport-test/image-${number}`;
	test(`${name}: it runs behind the proxy, however short it is held`, async t => {
		const folder = await folderOf({
			Dockerfile: `# syntax=sallyport/frontend:1\n${row.dockerfile}`,
			'nginx.conf': fixture('nginx.conf'),
		});
		const {code, stderr} = await docker(['build', '-q', '-t', image, folder]);
		t.is(code, 0, stderr);
		for (const column of columnsOf(number)) {
			await behaves(t, image, row, column);
		}
	});
}

async function behaves(t: ExecutionContext, image: string, row: ImageRow, column: string): Promise<void> {
	const {stdout, stderr} = await docker(['run', '-d', ...(columns[column] ?? []), image]);
	const id = stdout.trim();
	t.not(id, '', stderr);
	try {
		const refused = row.refused?.[column];
		if (refused !== undefined) {
			const [code, said] = refused;
			t.is(await exitOf(docker, {id}), code, column);
			const lines = (await linesOf(docker, {id})).stderr;
			t.is(lines.length, 1, column);
			t.regex(lines[0] ?? '', said, column);
			return;
		}

		const host = await healthyAt(docker, id);
		const answer = await askAt(host, '/');
		t.is(answer.body, 'small\n', column);
		t.is(answer.headers['x-content-type-options'], 'nosniff', column);
		const slow = row.isQuick ? WHOLE : askAt(host, '/slow').then(({body}) => body, String);
		await began(id, row);
		await docker(['stop', '--time', '30', id]);
		t.is(await slow, WHOLE, column);
		t.is(await exitOf(docker, {id}), 0, column);
	} finally {
		await docker(['rm', '-f', id]);
	}
}

/** Resolves once the slow request has reached the application. */
async function began(id: string, {isQuick}: ImageRow): Promise<void> {
	for (let tries = 0; !isQuick && tries < 100; tries += 1) {
		if ((await linesOf(docker, {id})).stdout.includes('slow begins')) {
			return;
		}

		await wait(50);
	}
}

test('which columns are left out is said', t => {
	const left = Object.entries(imageRows).map(([name], number) => {
		const without = others.filter(column => !columnsOf(number).includes(column));
		return `${name}: ${without.join(', ')}`;
	});
	t.log(isAll ? 'nothing is left out' : `left out, run with SALLYPORT_ALL_IMAGES=1:\n${left.join('\n')}`);
	const run = Object.keys(imageRows).flatMap((_, number) => columnsOf(number));
	t.deepEqual(
		[...new Set(run)].toSorted(),
		Object.keys(columns).toSorted(),
		'each column is run with some row',
	);
});

test.after.always(async () => {
	const images = Object.keys(imageRows).map((_, number) => `sallyport-test/image-${number}`);
	await docker(['image', 'rm', '-f', ...images]);
});
