import {randomBytes} from 'node:crypto';
import test, {type ExecutionContext} from 'ava';
import {documentDigest} from '../proto/signed-document.ts';
import {ensureImages} from './engine/images.ts';
import {ensureProduct} from './engine/product.ts';
import {builtIn} from './helpers/bundle.ts';
import {type Docker, folderOf, openDocker, type Ran} from './helpers/docker.ts';

// Stages that build and run, as they are and split, on a real engine: the same program answers, with less beside it.

const stamp = randomBytes(4).toString('hex');
const frontend = `sallyport-test/splitting-${stamp}:1`;
const bundle = `apiVersion: sallyport.dev/v1
kind: PolicyBundle
metadata: {name: splitting, version: 1.0.0}
spec:
  extends: [{name: baseline, digest: "${documentDigest(builtIn('baseline').document)}"}]
  build: {selfTest: trial}
  rules: {split-build: {fix: auto}}
`;
const made: string[] = [];
let docker: Docker;

test.before(async t => {
	t.timeout(900_000);
	docker = await openDocker();
	const base = process.env['SALLYPORT_FRONTEND'] ?? 'sallyport/frontend:1';
	if (base === 'sallyport/frontend:1') {
		await ensureProduct(docker.engine, {only: ['sallyport/proxy-nginx:1', 'sallyport/frontend:1']});
	}

	await ensureImages(docker.engine, [
		...['node:24-trixie', 'node:24-trixie-slim', 'python:3.13-slim-trixie', 'php:8.4-fpm-trixie'],
	]);
	const folder = await folderOf({
		Dockerfile: `FROM ${base}\nCOPY splitting.yaml /sallyport/policies/bundles/\n`,
		'splitting.yaml': bundle,
	});
	await must(['build', '-q', '-t', frontend, folder]);
	made.push(frontend);
});

test.after.always(async () => {
	await docker(['image', 'rm', '-f', ...made]);
});

async function must(args: readonly string[]): Promise<string> {
	const {code, stdout, stderr}: Ran = await docker(args);
	if (code !== 0) {
		throw new Error(`docker ${args.slice(0, 2).join(' ')}: ${stderr.slice(-2000)}`);
	}

	return stdout;
}

interface Pair {
	readonly plain: string;
	readonly split: string;
	/** What the second build said. */
	readonly log: string;
}

async function both(name: string, files: Readonly<Record<string, string>>): Promise<Pair> {
	const folder = await folderOf(files);
	const [plain, split] = ['plain', 'split'].map(kind => `sallyport-test/${name}-${kind}-${stamp}`);
	await must(['build', '-q', '-t', plain ?? '', folder]);
	const args = [`BUILDKIT_SYNTAX=${frontend}`, 'SALLYPORT_POLICY=splitting', 'SALLYPORT_PROXY=none'];
	const options = args.flatMap(arg => ['--build-arg', arg]);
	const {code, stderr: log} = await docker([
		'build',
		'--progress=plain',
		...options,
		'-t',
		split ?? '',
		folder,
	]);
	if (code !== 0) {
		throw new Error(log.slice(-3000));
	}

	made.push(plain ?? '', split ?? '');
	return {plain: plain ?? '', split: split ?? '', log};
}

/** Starts an image, asks it, and looks around in it. */
async function look(
	image: string,
	ask: readonly string[],
	around: string,
): Promise<{answer: string; seen: string}> {
	const id = (await must(['run', '-d', image])).trim();
	try {
		let answer: Ran = {code: 1, stdout: '', stderr: ''};
		for (let attempt = 0; attempt < 40 && answer.code !== 0; attempt += 1) {
			answer = await docker(['exec', id, ...ask]);
			await new Promise(resolve => setTimeout(resolve, 250));
		}

		return {answer: answer.stdout, seen: await must(['exec', id, 'sh', '-c', around])};
	} finally {
		await docker(['rm', '-f', id]);
	}
}

interface Config {
	readonly Env: readonly string[];
	readonly [name: string]: unknown;
}

/** What the image says about how it runs; labels are our contract's. */
async function configOf(image: string): Promise<unknown> {
	const [{Config}] = JSON.parse(await must(['image', 'inspect', image])) as [{Config: Config}];
	const names = [
		'User',
		'WorkingDir',
		'Cmd',
		'Entrypoint',
		'ExposedPorts',
		'Volumes',
		'Healthcheck',
		'StopSignal',
		'Shell',
	];
	return {env: Config.Env.toSorted(), ...Object.fromEntries(names.map(name => [name, Config[name]]))};
}

async function sizeOf(image: string): Promise<number> {
	return Number(await must(['image', 'inspect', '-f', '{{.Size}}', image]));
}

async function isSame(
	t: ExecutionContext,
	{plain, split}: Pair,
	ask: readonly string[],
	around: string,
): Promise<string> {
	const [before, after] = [await look(plain, ask, around), await look(split, ask, around)];
	t.true(before.answer.length > 10);
	t.is(after.answer, before.answer);
	t.is(after.seen, before.seen);
	t.deepEqual(await configOf(split), await configOf(plain));
	return before.answer;
}

const NODE_ASKS = [
	...[
		'node',
		'-e',
		"fetch('http://127.0.0.1:3000/orders?x=1').then(async r=>console.log(r.status,await r.text()))",
	],
];

test.serial(
	'an application of Node loses its compilers and development dependencies, and answers as before',
	async t => {
		t.timeout(600_000);
		const pair = await both('node', {
			Dockerfile: `FROM node:24-trixie
ARG REVISION=7
ENV REVISION=$REVISION
WORKDIR /usr/src/app
COPY . .
RUN npm install --no-audit --no-fund && npm run build
ENV NODE_ENV=production
RUN mkdir -p data && chown node:node data
EXPOSE 3000
VOLUME /var/orders
STOPSIGNAL SIGINT
USER node
HEALTHCHECK --interval=5s CMD curl -f http://127.0.0.1:3000/ || exit 1
CMD ["npm", "start"]
`,
			'package.json': JSON.stringify({
				name: 'orders',
				private: true,
				scripts: {build: 'node build.js', start: 'node dist/server.js'},
				dependencies: {ms: '2.1.3'},
				devDependencies: {'is-odd': '3.0.1'},
			}),
			'build.js': `const fs = require('fs'); require('is-odd'); fs.mkdirSync('dist', {recursive: true}); fs.copyFileSync('server.js', 'dist/server.js');`,
			'server.js': `const http = require('http'); const fs = require('fs'); const ms = require('ms');
fs.writeFileSync('data/started', 'yes');
http.createServer((q, r) => r.end(JSON.stringify({url: q.url, ms: ms('2 days'), uid: process.getuid(), cwd: process.cwd(), revision: process.env.REVISION}))).listen(3000);`,
		});

		const around =
			'ls -ldn /usr/src /usr/src/app /usr/src/app/data /var/orders /home/node | cut -c1-30; id; readlink -f /proc/1/exe';
		const answer = await isSame(t, pair, NODE_ASKS, around);

		t.regex(answer, /^200 .*"ms":172800000,"uid":1000,"cwd":"\/usr\/src\/app","revision":"7"/);
		const inside = await must([
			'run',
			'--rm',
			pair.split,
			'sh',
			'-c',
			'ls node_modules; command -v gcc git; command -v curl',
		]);
		t.is(inside.trim(), 'ms\n/usr/bin/curl');
		const [before, after] = [await sizeOf(pair.plain), await sizeOf(pair.split)];
		t.log(`${Math.round(before / 1e6)} MB before, ${Math.round(after / 1e6)} MB after`);
		t.true(after < before * 0.4);
	},
);

test.serial(
	'a driver that was compiled finds its library in the last stage, users keep their numbers and homes',
	async t => {
		t.timeout(600_000);
		const pair = await both('python', {
			Dockerfile: `FROM python:3.13-slim-trixie AS app
RUN groupadd -g 4000 staff2 && useradd --create-home -g staff2 app && mkdir /data && chown app /data
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev libpq-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY --chown=app . .
USER app
EXPOSE 8000
CMD exec python app.py
`,
			'requirements.txt': 'psycopg2==2.9.11\n',
			'app.py': `import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer
import psycopg2
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        open('/data/asked', 'w').write('yes')
        body = {'path': self.path, 'libpq': psycopg2.extensions.libpq_version() > 0, 'uid': os.getuid(), 'gid': os.getgid(), 'home': os.path.expanduser('~')}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
HTTPServer(('0.0.0.0', 8000), Handler).serve_forever()
`,
		});

		const ask = [
			'python',
			'-c',
			"import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/a').read().decode())",
		];
		const around =
			'ls -ldn /srv/app /srv/app/app.py /data /home/app | cut -c1-30; id; readlink -f /proc/1/exe';
		const answer = await isSame(t, pair, ask, around);

		t.regex(answer, /"libpq": true, "uid": \d+, "gid": 4000, "home": "\/home\/app"/);
		const packages = await must([
			'run',
			'--rm',
			pair.split,
			'sh',
			'-c',
			"dpkg-query -W -f '${Package}\\n' | grep -xE 'gcc|libpq-dev|libpq5'",
		]);
		t.is(packages.trim(), 'libpq5');
		const [before, after] = [await sizeOf(pair.plain), await sizeOf(pair.split)];
		t.log(`${Math.round(before / 1e6)} MB before, ${Math.round(after / 1e6)} MB after`);
		t.true(after < before * 0.7);
	},
);

test.serial('what a split would break is seen in the build, and the stage stays whole', async t => {
	t.timeout(600_000);
	const pair = await both('lazy', {
		Dockerfile:
			'FROM node:24-trixie\nWORKDIR /app\nCOPY . .\nRUN npm install --no-audit --no-fund\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
		'package.json': JSON.stringify({name: 'lazy', private: true, devDependencies: {ms: '2.1.3'}}),
		'server.js': `const ms = require('ms'); require('http').createServer((q, r) => r.end('after ' + ms('1 day') + ' ' + q.url)).listen(3000);`,
	});

	t.regex(pair.log, /split-build: Its repair was made, tried and taken back: .*ended with code 1/);
	await isSame(t, pair, NODE_ASKS, 'command -v gcc');
});

test.serial(
	'a library that is only loaded late is missed in the build, by name, and the stage stays whole',
	async t => {
		t.timeout(600_000);
		const build = [
			'mkdir -p native',
			'echo "int extra(void) { return 7; }" | gcc -x c -shared -fPIC -o /usr/local/lib/libextra.so -',
			'gcc -shared -fPIC -o native/late.node late.c -L/usr/local/lib -lextra',
			'ldconfig',
		];
		const pair = await both('late', {
			Dockerfile:
				'FROM node:24-trixie\nWORKDIR /app\nCOPY . .\nRUN npm install --no-audit --no-fund\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
			'package.json': JSON.stringify({name: 'late', private: true, scripts: {install: build.join(' && ')}}),
			'late.c':
				'int extra(void); void *napi_register_module_v1(void *env, void *exports) { return extra() == 7 ? exports : 0; }',
			'server.js': `require('http').createServer((q, r) => r.end(q.url === '/' ? 'early' : 'late: ' + typeof require('./native/late.node'))).listen(3000);`,
		});

		t.regex(
			pair.log,
			/split-build: Its repair was made, tried and taken back: "\/app\/native\/late\.node" loads the library "libextra\.so", which the smaller image does not have\./,
		);
		t.regex(await isSame(t, pair, NODE_ASKS, 'command -v gcc'), /^200 late: object/);
	},
);

test.serial(
	'an extension of PHP comes over with its library; headers and what Composer calls stay behind',
	async t => {
		t.timeout(600_000);
		const pair = await both('php', {
			Dockerfile: `FROM php:8.4-fpm-trixie
WORKDIR /var/www/html
RUN apt-get update && apt-get install -y --no-install-recommends git unzip nginx-light && rm -rf /var/lib/apt/lists/*
COPY nginx.conf /etc/nginx/nginx.conf
COPY . .
RUN chown -R www-data:www-data storage && chmod +x start.sh
EXPOSE 8000
CMD ["./start.sh"]
`,
			'start.sh': "#!/bin/sh\nphp-fpm -D\nexec nginx -g 'daemon off;'\n",
			'index.php':
				"<?php file_put_contents('storage/seen', 'yes'); echo json_encode(['uri' => $_SERVER['REQUEST_URI'], 'version' => PHP_VERSION, 'user' => posix_geteuid()]);",
			'storage/.keep': '',
			'nginx.conf': `events {}
http { server { listen 8000; root /var/www/html; location / { fastcgi_pass 127.0.0.1:9000; include fastcgi_params; fastcgi_param SCRIPT_FILENAME /var/www/html/index.php; } } }
`,
		});

		const ask = ['php', '-r', "echo file_get_contents('http://127.0.0.1:8000/a?b=1') ?: exit(1);"];
		await isSame(t, pair, ask, 'ls -ldn /var/www/html /var/www/html/* /etc/nginx/nginx.conf | cut -c1-30');

		const inside = await must(['run', '--rm', pair.split, 'sh', '-c', 'command -v nginx git unzip; true']);
		t.is(inside.trim(), '/usr/sbin/nginx');
	},
);
