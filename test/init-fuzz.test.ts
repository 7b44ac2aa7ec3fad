import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {ensureImages} from './engine/images.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';

// The supervisor's code under the address and undefined-behaviour sanitizers, with broken input.

const SOURCES = new URL('../frontend/proxies/init/', import.meta.url);
const IMAGE = 'sallyport-test/init-fuzz';
const DOCKERFILE = `FROM debian:trixie-slim
RUN apt-get update -q && apt-get install -qy --no-install-recommends gcc libc6-dev make musl-tools && rm -rf /var/lib/apt/lists/*
COPY src /src
RUN cd /src && gcc -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -o /fuzz $(ls *.c | grep -v main.c)
`;

let docker: Docker;

test.before(async () => {
	docker = await openDocker();
	await ensureImages(docker.engine, ['debian:trixie-slim']);
	const sources = readdirSync(SOURCES).filter(name => /\.[ch]$/.test(name));
	const files = sources.map(name => [`src/${name}`, readFileSync(new URL(name, SOURCES), 'utf8')]);
	const fuzz = readFileSync(new URL('fixtures/init/fuzz.c', import.meta.url), 'utf8');
	const folder = await folderOf({Dockerfile: DOCKERFILE, 'src/fuzz.c': fuzz, ...Object.fromEntries(files)});
	const {code, stderr} = await docker(['build', '-q', '-t', IMAGE, folder]);
	if (code !== 0) {
		throw new Error(stderr);
	}
});

test('whatever settings and error lines hold, nothing is read or written out of place, and every line is strict JSON of one write', async t => {
	const {code, stdout, stderr} = await docker([
		'run',
		'--rm',
		'--tmpfs',
		'/opt/sallyport/conf',
		IMAGE,
		'/fuzz',
		'20000',
	]);
	t.is(code, 0, stderr.slice(0, 2000));
	const lines = stdout.split('\n').filter(Boolean);
	t.true(lines.length > 15_000, `${lines.length} lines; what is empty is told as nothing`);
	for (const line of lines) {
		t.true(Buffer.byteLength(line) < 4096);
		t.is((JSON.parse(line) as {readonly type: unknown}).type, 'proxy');
	}
});
