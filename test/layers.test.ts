import {readFileSync} from 'node:fs';
import {appendFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {appsFolder} from '../examples/conversation/application.ts';
import {ensureImages} from './engine/images.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';
import {type FileSystem, fileSystemOf} from './helpers/file-system.ts';

// Repairs of layers and caches on a real engine: the image holds the same as without them, but for caches, and a change of one
// line of the sources costs less. Times are told and not judged: they are the machine's.

const docker: Promise<Docker> = openDocker();

const FRONTEND = process.env['SALLYPORT_TEST_FRONTEND'] ?? 'sallyport/frontend:1';

interface Case {
	readonly bases: readonly string[];
	readonly files: Readonly<Record<string, string>>;
	readonly dockerfile: string;
	/** A source file that is changed by one line. */
	readonly source: string;
	/** Repairs that are looked at; all others are switched off. */
	readonly made: readonly string[];
	/** What of the image may differ: caches, and what is made anew at every run. */
	readonly except: RegExp;
	/** What stands in the text that is built. */
	readonly written: RegExp;
	/** A step that loads nothing again, with what the builder has kept: in the second build it has no network. */
	readonly offline?: string;
}

const NPM_CACHES = /^\/(?:root\/\.npm|tmp\/node-compile-cache)(?:\/|$)/;

const MS = 'sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==';
const MAIN = 'src/main/java/app/Main.java';

const lock = JSON.stringify({
	name: 'app',
	version: '1.0.0',
	lockfileVersion: 3,
	requires: true,
	packages: {
		'': {name: 'app', version: '1.0.0', dependencies: {ms: '2.1.3'}},
		'node_modules/ms': {
			version: '2.1.3',
			integrity: MS,
		},
	},
});
const node = {
	'package.json': JSON.stringify({name: 'app', version: '1.0.0', dependencies: {ms: '2.1.3'}}),
	'package-lock.json': lock,
	'app.js': "console.log(require('ms')(1000));\n",
};

const cases: Readonly<Record<string, Case>> = {
	npm: {
		bases: ['node:24-bookworm-slim'],
		files: node,
		dockerfile:
			'FROM node:24-bookworm-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci --ignore-scripts\nCMD ["node", "app.js"]\n',
		source: 'app.js',
		made: ['cache-mounts', 'manifests-first'],
		except: NPM_CACHES,
		written:
			/^RUN (?=.*--mount=type=bind,source=package\.json,)(?=.*--mount=type=cache,target=\/root\/\.npm ).* npm ci --ignore-scripts\nCOPY \. \.$/m,
	},
	'npm install': {
		bases: ['node:24-bookworm-slim'],
		files: node,
		dockerfile:
			'FROM node:24-bookworm-slim\nCOPY . /app\nWORKDIR /app\nRUN npm install --ignore-scripts\nCMD ["node", "app.js"]\n',
		source: 'app.js',
		made: ['cache-mounts', 'manifests-first'],
		except: NPM_CACHES,
		written:
			/^WORKDIR \/app\nRUN (?=.*--mount=type=bind,source=package\.json,target=package\.json,rw ).* npm install --ignore-scripts\nCOPY \. \/app$/m,
	},
	"npm as Node's own user": {
		bases: ['node:24-bookworm-slim'],
		files: node,
		dockerfile:
			'FROM node:24-bookworm-slim\nRUN mkdir /app && chown node:node /app\nWORKDIR /app\nUSER node\nCOPY --chown=node:node . .\nRUN npm ci --ignore-scripts\nCMD ["node", "app.js"]\n',
		source: 'app.js',
		made: ['cache-mounts'],
		except: /^\/(?:home\/node\/\.npm|tmp\/node-compile-cache)(?:\/|$)/,
		written: /target=\/home\/node\/\.npm,id=\/home\/node\/\.npm@1000,uid=1000,gid=1000 npm ci/,
	},
	pip: {
		bases: ['python:3.13-slim-trixie'],
		files: {'requirements.txt': 'six==1.17.0\n', 'app.py': 'import six\n'},
		dockerfile:
			'FROM python:3.13-slim-trixie\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD ["python", "app.py"]\n',
		source: 'app.py',
		made: ['cache-mounts', 'manifests-first'],
		except: /^\/root\/\.cache(?:\/|$)|\.pyc$/,
		written:
			/^RUN (?=.*--mount=type=bind,source=requirements\.txt,target=requirements\.txt )(?=.*--mount=type=cache,target=\/root\/\.cache\/pip ).* pip install/m,
	},
	go: {
		bases: ['golang:1.24-trixie', 'debian:trixie-slim'],
		files: {
			'go.mod': 'module example.com/app\n\ngo 1.24\n\nrequire golang.org/x/text v0.14.0\n',
			'go.sum':
				'golang.org/x/text v0.14.0 h1:ScX5w1eTa3QqT8oi6+ziP7dTV1S2+ALU0bI+0zXKWiQ=\ngolang.org/x/text v0.14.0/go.mod h1:18ZOQIKpY8NJVqYksKHtTdi31H5itFRjB5/qKTNYzSU=\n',
			'main.go':
				'package main\n\nimport (\n\t"fmt"\n\n\t"golang.org/x/text/language"\n)\n\nfunc main() { fmt.Println(language.English) }\n',
		},
		dockerfile:
			'FROM golang:1.24-trixie AS build\nWORKDIR /src\nCOPY . .\nRUN go mod download\nRUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -o /app .\nFROM debian:trixie-slim\nCOPY --from=build /app /app\nCMD ["/app"]\n',
		source: 'main.go',
		made: ['cache-mounts', 'manifests-first'],
		except: /^$/,
		written:
			/^RUN (?=.*--mount=type=bind,source=go\.mod,)(?=.*--mount=type=cache,target=\/go\/pkg\/mod --mount=type=cache,target=\/root\/\.cache\/go-build ).* go mod download\nCOPY \. \.\nRUN --mount=type=cache,target=\/go\/pkg\/mod /m,
	},
	cargo: {
		bases: ['rust:1.85-slim-trixie', 'debian:trixie-slim'],
		files: {
			'Cargo.toml':
				'[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\ncfg-if = "=1.0.0"\n',
			'src/main.rs': 'fn main() {\n    println!("hello");\n}\n',
		},
		dockerfile:
			'FROM rust:1.85-slim-trixie AS build\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\nFROM debian:trixie-slim\nCOPY --from=build /src/target/release/app /app\nCMD ["/app"]\n',
		source: 'src/main.rs',
		made: ['cache-mounts'],
		except: /^$/,
		written:
			/--mount=type=cache,target=\/usr\/local\/cargo\/registry --mount=type=cache,target=\/usr\/local\/cargo\/git cargo build/,
	},
	yarn: {
		bases: ['node:24-bookworm-slim'],
		files: {
			...node,
			'package-lock.json': '',
			'yarn.lock': `# yarn lockfile v1\n\n\nms@2.1.3:\n  version "2.1.3"\n  resolved "https://registry.npmjs.org/ms/-/ms-2.1.3.tgz"\n  integrity ${MS}\n`,
		},
		dockerfile:
			'FROM node:24-bookworm-slim AS tools\nRUN npm install -g yarn@1.22.22\nFROM tools\nWORKDIR /app\nCOPY . .\nRUN yarn install --frozen-lockfile\nCMD ["node", "app.js"]\n',
		source: 'app.js',
		made: ['cache-mounts'],
		except: /^\/(?:root\/\.npm|root\/\.yarnrc|tmp|usr\/local\/share\/\.cache)(?:\/|$)/,
		written: /--mount=type=cache,target=\/usr\/local\/share\/\.cache\/yarn yarn install/,
		offline: 'yarn install',
	},
	pnpm: {
		bases: ['node:24-bookworm-slim'],
		files: {
			...node,
			'package-lock.json': '',
			'pnpm-lock.yaml': `lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      ms:\n        specifier: 2.1.3\n        version: 2.1.3\npackages:\n  ms@2.1.3:\n    resolution: {integrity: ${MS}}\nsnapshots:\n  ms@2.1.3: {}\n`,
		},
		dockerfile:
			'FROM node:24-bookworm-slim AS tools\nRUN npm install -g pnpm@10.12.1\nFROM tools AS build\nWORKDIR /app\nCOPY . .\nRUN pnpm install --frozen-lockfile\nRUN node app.js\nFROM node:24-bookworm-slim\nCOPY --from=build /app /app\nCMD ["node", "/app/app.js"]\n',
		source: 'app.js',
		made: ['cache-mounts'],
		except: /^$/,
		written: /--mount=type=cache,target=\/root\/\.local\/share\/pnpm\/store pnpm install/,
		offline: 'pnpm install',
	},
	maven: {
		bases: ['maven:3-eclipse-temurin-21', 'eclipse-temurin:21-jre'],
		files: {
			'pom.xml': readFileSync(join(appsFolder, 'java', 'pom.xml'), 'utf8'),
			[MAIN]: readFileSync(join(appsFolder, 'java', MAIN), 'utf8'),
		},
		dockerfile:
			'FROM maven:3-eclipse-temurin-21 AS build\nWORKDIR /app\nCOPY . .\nRUN mvn -B -q package\nFROM eclipse-temurin:21-jre\nCOPY --from=build /app/target/greetings.jar /app.jar\nCMD ["java", "-jar", "/app.jar"]\n',
		source: MAIN,
		made: ['cache-mounts'],
		except: /^$/,
		written: /--mount=type=cache,target=\/root\/\.m2\/repository,sharing=locked mvn -B -q package/,
		offline: 'mvn',
	},
	composer: {
		bases: ['debian:trixie-slim'],
		files: {
			'composer.json': JSON.stringify({
				repositories: [{'packagist.org': false}, {type: 'path', url: './lib', options: {symlink: false}}],
				require: {'example/lib': '1.0.0'},
			}),
			'lib/composer.json': JSON.stringify({name: 'example/lib', version: '1.0.0'}),
			'app.php': '<?php\n',
		},
		dockerfile:
			'FROM debian:trixie-slim AS tools\nRUN apt-get update && apt-get install -y --no-install-recommends composer php-cli unzip\nFROM tools AS build\nWORKDIR /app\nCOPY . .\nRUN composer install --no-dev --no-interaction\nFROM debian:trixie-slim\nCOPY --from=build /app /app\n',
		source: 'app.php',
		made: ['cache-mounts'],
		except: /^$/,
		written:
			/--mount=type=cache,target=\/root\/\.cache\/composer COMPOSER_CACHE_DIR=\/root\/\.cache\/composer composer install/,
		offline: 'composer install',
	},
	apt: {
		bases: ['debian:trixie-slim'],
		files: {'app.sh': 'echo hello\n'},
		dockerfile:
			'FROM debian:trixie-slim\nCOPY app.sh /app.sh\nRUN apt-get update && apt-get install -y --no-install-recommends tree && rm -rf /var/lib/apt/lists/*\nCMD ["sh", "/app.sh"]\n',
		source: 'app.sh',
		made: ['cache-mounts'],
		except: /^\/var\/(?:cache\/apt|log|cache\/ldconfig)(?:\/|$)|^\/var\/lib\/dpkg\/status-old$/,
		written:
			/--mount=type=cache,target=\/var\/lib\/sallyport-apt,sharing=locked apt-get update && apt-get install -o Dir::Cache=/,
	},
};

/** Their images alone take minutes to make where there are none: with `SALLYPORT_ALL_APPS=1`, as the larger applications. */
const LARGE: readonly string[] = ['go', 'cargo', 'yarn', 'pnpm', 'maven', 'composer'];
const isAll = process.env['SALLYPORT_ALL_APPS'] === '1';
const chosen = Object.entries(cases).filter(([name]) => isAll || !LARGE.includes(name));

test('what is left out is told', t => {
	t.log(isAll ? 'nothing is left out' : `left out, run with SALLYPORT_ALL_APPS=1: ${LARGE.join(', ')}`);
	t.is(chosen.length + (isAll ? 0 : LARGE.length), Object.keys(cases).length);
});

for (const [name, each] of chosen) {
	test(`${name}: the image is the same but for caches, and nothing of the mounts is left in it`, async t => {
		const run = await docker;
		await ensureImages(run.engine, each.bases);
		const folder = await folderOf({
			...each.files,
			Dockerfile: each.dockerfile,
			'.dockerignore': 'Dockerfile*\n',
		});

		const plain = await timed(t, `${name}, plainly`, folder, []);
		const ours = await timed(t, `${name}, repaired`, folder, onlyWith(each.made));

		t.regex(await shownText(folder, each.made), each.written);
		t.deepEqual(differences(plain.files, ours.files, each.except), []);
		// Another line each time: an engine that has seen this test would not do it again.
		const sign = /\.(?:py|sh)$/.test(each.source) ? '#' : '//';
		await appendFile(join(folder, each.source), `${sign} more ${Date.now()}\n`);
		const plainly = await timed(t, `${name}, plainly, one line more`, folder, [], false);
		const repaired = await timed(t, `${name}, repaired, one line more`, folder, onlyWith(each.made), false);
		t.log(`rebuilt in ${((repaired.seconds / plainly.seconds) * 100).toFixed(0)} % of the time`);
		t.deepEqual(differences(plainly.files, repaired.files, each.except), []);
		if (each.offline !== undefined) {
			const text = each.dockerfile.replace(`RUN ${each.offline}`, `RUN --network=none ${each.offline}`);
			await writeFile(join(folder, 'Dockerfile'), text);
			await timed(t, `${name}, repaired, without a network`, folder, onlyWith(each.made), false);
		}
	});
}

/** Build arguments of a build that makes these repairs and no others. */
function onlyWith(made: readonly string[]): readonly string[] {
	const settings = {POLICY: 'hardened', PROXY: 'none', REWRITE: made.join(',')};
	return [
		...['--build-arg', `BUILDKIT_SYNTAX=${FRONTEND}`],
		...Object.entries(settings).flatMap(([key, value]) => ['--build-arg', `SALLYPORT_${key}=${value}`]),
	];
}

async function shownText(folder: string, made: readonly string[]): Promise<string> {
	const run = await docker;
	const {stderr} = await run([
		'build',
		...onlyWith(made),
		'--build-arg',
		'SALLYPORT_SHOW=dockerfile',
		folder,
	]);
	return stderr;
}

async function timed(
	t: ExecutionContext,
	what: string,
	folder: string,
	args: readonly string[],
	isCold = true,
): Promise<{readonly files: FileSystem; readonly seconds: number}> {
	const run = await docker;
	const image = `sallyport-test/layers-${
		t.title
			.split(':')[0]
			?.toLowerCase()
			.replaceAll(/[^a-z]+/g, '-') ?? ''
	}`;
	const started = performance.now();
	const {code, stderr} = await run([
		'build',
		...(isCold ? ['--no-cache'] : []),
		'-t',
		image,
		...args,
		folder,
	]);
	const seconds = (performance.now() - started) / 1000;
	if (code !== 0) {
		throw new Error(stderr);
	}

	t.log(`${what}: ${seconds.toFixed(1)} s`);
	const files = await fileSystemOf(run.engine, image);
	await run(['image', 'rm', '-f', image]);
	return {files, seconds};
}

/** Paths that differ, our own files left out. */
function differences(plain: FileSystem, ours: FileSystem, except: RegExp): readonly string[] {
	const paths = new Set([...plain.entries.keys(), ...ours.entries.keys()]);
	return [...paths].filter(path => {
		const isOurs = /^\/(?:etc|opt)\/sallyport(?:\/|$)/.test(path);
		return !isOurs && !except.test(path) && whatIs(plain, path) !== whatIs(ours, path);
	});
}

function whatIs({entries}: FileSystem, path: string): string {
	const {type, mode, uid, gid, link, digest} = entries.get(path) ?? {};
	return JSON.stringify([type, mode, uid, gid, link, digest]);
}
