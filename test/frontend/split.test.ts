import test from 'ava';
import fc from 'fast-check';
import {applyEdits} from '../../frontend/dockerfile/edit.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {neededStages, stageOf} from '../../frontend/dockerfile/stages.ts';
import {splitBuild} from '../../frontend/rules/layer/split-build.ts';
import type {ImageFacts, RuleFinding} from '../../frontend/rules/rule.ts';
import {subjectOf} from '../../frontend/rules/subject.ts';

// A stage that builds and runs becomes two. What each language makes of it stands on the rule's page.

interface Given {
	readonly manifests?: Readonly<Record<string, string>>;
	readonly images?: Readonly<Record<string, ImageFacts>>;
	readonly unresolved?: readonly string[];
	readonly target?: string;
}

const decoder = new TextDecoder();

function found(text: string, given: Given = {}): RuleFinding | undefined {
	const dockerfile = parseDockerfile(new TextEncoder().encode(text));
	const target = stageOf(dockerfile, given.target);
	const [finding] = splitBuild(
		subjectOf({
			file: 'Dockerfile',
			dockerfile,
			target,
			needed: neededStages(dockerfile, target, new Map()),
			buildArgs: new Map(),
			images: new Map(Object.entries(given.images ?? {})),
			plan: undefined,
			requestedWaivers: [],
			manifests: new Map(Object.entries(given.manifests ?? manifests)),
			unresolved: given.unresolved,
		}),
		{},
	);
	return finding;
}

/** The text with the split in it; undefined where none is made. */
function split(text: string, given: Given = {}): string | undefined {
	const {fix} = found(text, given) ?? {};
	const dockerfile = parseDockerfile(new TextEncoder().encode(text));
	const [stage] = dockerfile.stages.slice(-1);
	return fix?.stage === undefined || stage === undefined
		? undefined
		: decoder.decode(applyEdits(dockerfile, fix.edits ?? [], {stage, lines: fix.stage.lines}));
}

const manifests = {
	'package.json': JSON.stringify({
		scripts: {start: 'node server.js', build: 'tsc', dev: 'nodemon server.js'},
		dependencies: {express: '5.1.0', next: '15.0.0'},
		devDependencies: {typescript: '5.9.3', nodemon: '3.1.10'},
	}),
	'package-lock.json': '',
	'requirements.txt': 'flask==3.1.2\n',
	Gemfile: "gem 'puma'\n",
};

const BASES: Readonly<Record<string, readonly string[]>> = {
	node: [
		'node:24',
		'node:24-trixie',
		'node:20-alpine',
		'node:24-slim',
		'node',
		'node:latest',
		`node:24@sha256:${'0'.repeat(64)}`,
	],
	python: ['python:3.13', 'python:3.13-slim-bookworm', 'python:3', 'python:3.12-alpine'],
	ruby: ['ruby:3.3', 'ruby:3.3-slim'],
	php: ['php:8.4-fpm', 'php:8.4-apache-bookworm'],
};
const OWN: Readonly<Record<string, readonly string[]>> = {
	node: [
		'RUN npm ci',
		'RUN npm run build',
		'RUN yarn install --production',
		'RUN npm install -g pm2 typescript',
	],
	python: [
		'RUN pip install -r requirements.txt',
		'RUN python manage.py collectstatic',
		'RUN pip install gunicorn',
	],
	ruby: ['RUN bundle install', 'RUN gem install bundler', 'RUN bundle exec rake assets:precompile'],
	php: ['RUN docker-php-ext-install zip', 'RUN composer install --no-dev'],
};
const LINES = [
	...[
		'WORKDIR src',
		'COPY . .',
		'COPY package*.json ./',
		'COPY --chown=1000 . /srv/app',
		'COPY run.sh /usr/local/bin/',
	],
	...[
		'RUN apt-get update && apt-get install -y gcc make curl libpq-dev',
		'RUN apt-get update; apt-get install -y tini g++',
	],
	...[
		'RUN useradd -m app',
		'USER app',
		'USER 1000:1000',
		'ENV A=1 B="x y"',
		'ENV PATH=$PATH:/app/bin',
		'ARG C=3',
	],
	...[
		'ENV C=$C',
		'LABEL a="b c"',
		'EXPOSE 80',
		'VOLUME /data',
		'STOPSIGNAL SIGINT',
		'SHELL ["/bin/bash", "-c"]',
	],
	...[
		'HEALTHCHECK CMD curl -f http://localhost/',
		'HEALTHCHECK NONE',
		'CMD ["npm", "start"]',
		'CMD node server.js',
	],
	...['ENTRYPOINT ["/sbin/tini", "--"]', 'MAINTAINER me', 'ADD a.tar.gz /opt/a', '# a comment', ''],
	...[
		'RUN <<EOF\nmkdir -p /app/data\nchmod 700 /app/data\nEOF',
		'CMD ["npm", \\\n  "start"]',
		'ENV X=1 \\\n  # why\n  Y=2',
	],
	...[
		'RUN cd /app && rm -rf /var/lib/apt/lists/*',
		'ENV Z=a\\ b',
		"LABEL c='it is'",
		'CMD echo "a  b" \\\n && sleep 1',
	],
];

const dockerfiles = fc
	.constantFrom('node', 'python', 'ruby', 'php')
	.chain(language =>
		fc
			.tuple(
				fc.constantFrom(...(BASES[language] ?? [])),
				fc.constantFrom('', ' AS app'),
				fc.array(fc.constantFrom(...LINES, ...(OWN[language] ?? [])), {maxLength: 12}),
				fc.constantFrom('', '\n', '\r\n'),
			)
			.map(
				([base, name, lines, end]) => `${[`FROM ${base}${name}`, 'WORKDIR /app', ...lines].join('\n')}${end}`,
			),
	);

test('whatever is split parses, keeps the author’s instructions on their lines, and is not split again', t => {
	let splits = 0;
	fc.assert(
		fc.property(dockerfiles, text => {
			const after = split(text);
			if (after === undefined) {
				return;
			}

			splits += 1;
			const before = parseDockerfile(new TextEncoder().encode(text));
			const now = parseDockerfile(new TextEncoder().encode(after));
			const [old] = before.stages;
			const [kept] = now.stages;
			const shape = (stage: typeof old): unknown =>
				stage?.instructions.map(({keyword, line, args, flags}) => [keyword, line, args, flags.length]);
			t.deepEqual(shape(kept), shape(old), after);
			t.is(now.stages.at(-1)?.name, 'sallyport-runtime');
			t.is(split(after, {target: 'sallyport-runtime'}), undefined, after);
		}),
		{numRuns: 3000},
	);
	t.true(splits > 100, `${splits} of 3000 were split`);
});

test('the last stage says of ENV, USER, CMD and the like what the author’s says at its end', t => {
	const keywords = ['USER', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK', 'STOPSIGNAL'];
	fc.assert(
		fc.property(dockerfiles, text => {
			const after = split(text);
			const stages = parseDockerfile(new TextEncoder().encode(after ?? text)).stages;
			const last = (at: number, wanted: string): string | undefined =>
				stages.at(at)?.instructions.findLast(({keyword}) => keyword === wanted)?.args;
			for (const keyword of keywords) {
				t.is(last(-1, keyword), last(0, keyword), after);
			}

			const env = (at: number): readonly string[] =>
				stages
					.at(at)
					?.instructions.filter(({keyword}) => keyword === 'ENV')
					.map(({args}) => args.replaceAll(/\s+/g, ' ')) ?? [];
			t.deepEqual(env(-1), env(0), after);
		}),
		{numRuns: 1000},
	);
});

const NODE = 'FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci\n';

for (const [what, line] of [
	['a command that is not known', 'RUN ./install.sh'],
	['a folder that other programs share', 'COPY conf /etc/'],
	[
		'settings of the package manager',
		"RUN echo 'deb http://example.com/ x main' > /etc/apt/sources.list.d/x.list",
	],
	['a package that the base has', 'RUN apt-get purge -y openssl'],
	['rights of the whole system', 'RUN chmod -R a-s /usr'],
	['programs that are fetched into a home', 'RUN npx playwright install'],
	['a file that the base has', 'RUN rm /etc/passwd-'],
	['an archive that is unpacked where others have files', 'ADD files.tar.gz /'],
	['a script from the network', 'RUN curl -fsSL https://example.com/x.sh | bash -'],
] as const) {
	test(`${what} keeps a stage whole, and its line is told`, t => {
		const finding = found(`${NODE}${line}\nRUN npm run build\nCMD ["node", "server.js"]\n`);

		t.is(finding?.fix, undefined);
		t.regex(finding?.message ?? '', /It is shown and not done.*\(line 5: /);
		t.true(finding?.proposal?.includes('FROM node:24-slim AS sallyport-runtime'));
	});
}

for (const [what, line, expected] of [
	[
		'a file outside of the application',
		'COPY run.sh /usr/local/bin/',
		'/usr/local/bin/run.sh /usr/local/bin/run.sh',
	],
	['a folder outside of the application', 'RUN mkdir -p /data', '/data /data'],
	['homes where users are made', 'RUN useradd -m app', '/home /home'],
	['an archive that is unpacked', 'ADD files.tar.gz /opt/files/', '/opt/files /opt/files'],
	['what a shell in a shell makes', "RUN sh -c 'mkdir /data && touch /data/x'", '/data /data'],
	['a clone', 'RUN git clone https://example.com/a/tool.git /srv/tool', '/srv/tool /srv/tool'],
] as const) {
	test(`${what} comes over`, t => {
		const after = split(`${NODE}${line}\nRUN npm run build\nCMD ["node", "server.js"]\n`);

		t.regex(after ?? '', new RegExp(`^COPY --from=sallyport-prepared ${expected}$`, 'm'));
	});
}

const SETTLED =
	'FROM node:24\nWORKDIR /app\nRUN --mount=type=bind,source=package.json,target=package.json,rw npm i\n';

test('a stage that installs before it takes sources in is divided there, and the sources come into the last stage by themselves', t => {
	const after = split(
		`${SETTLED}ENV A=1\nCOPY . .\nCOPY --chown=node conf /etc/\nUSER node\nCMD ["node", "server.js"]\n`,
	);

	t.deepEqual(
		after
			?.split('\n')
			.slice(8)
			.map(line => line.replace(/^(RUN \S+ \S+).*/, '$1')),
		[
			'FROM node:24 AS sallyport-installed',
			'WORKDIR /app',
			'RUN --mount=type=bind,source=package.json,target=package.json,rw npm',
			'FROM sallyport-installed AS sallyport-prepared',
			'USER root',
			// What prunes is shown the same files as what installed.
			'RUN --mount=type=bind,source=package.json,target=package.json,rw npm',
			'RUN --mount=type=bind,source=package.json,target=package.json,rw find',
			'FROM node:24-slim AS sallyport-runtime',
			'RUN --mount=type=bind,from=sallyport-prepared,source=/sallyport-packages,target=/dev/sallyport-packages missing=$(for',
			'COPY --from=sallyport-prepared /app /app',
			'RUN --mount=type=bind,from=sallyport-prepared,source=/app,target=/dev/sallyport-from/app set',
			'WORKDIR /app',
			'ENV A=1',
			'COPY . .',
			'COPY --chown=node conf /etc/',
			'USER node',
			'CMD ["node", "server.js"]',
			'',
		],
	);
});

for (const [what, lines] of [
	['a stage that goes elsewhere', 'WORKDIR /srv\nCOPY . .\n'],
	['a stage that takes from an image', 'COPY --from=busybox /bin/sh /app/sh\nCOPY . .\n'],
	['a stage that writes a file itself', 'COPY . .\nCOPY <<EOF x.txt\nx\nEOF\n'],
	['a stage that runs something afterwards', 'COPY . .\nRUN npm run build\n'],
] as const) {
	test(`${what} is not divided before its sources come`, t => {
		t.regex(split(`${SETTLED}${lines}CMD ["node", "server.js"]\n`) ?? 'AS build', /AS build$/m);
	});
}

test('what is taken from a registry argument is the slim image by the same argument', t => {
	const after = split('ARG V=24\nFROM node:$V\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "a.js"]\n');

	t.regex(after ?? '', /^FROM node:\$V AS build$/m);
	t.regex(after ?? '', /^FROM node:\$V-slim AS sallyport-runtime$/m);
});

test('an image that the builder does not know is not taken', t => {
	const finding = found(`${NODE}CMD ["node", "a.js"]\n`, {unresolved: ['node:24-slim']});

	t.is(finding?.fix, undefined);
	t.regex(finding?.message ?? '', /the builder knows no image node:24-slim/);
});

test('triggers would be carried out twice, so a stage that has some stays whole', t => {
	t.is(split(`${NODE}ONBUILD RUN true\n`), undefined);
	t.is(split(NODE, {images: {'node:24': {onBuild: ['RUN true']}}}), undefined);
});

test('a proposal shows no value of the author’s settings', t => {
	const secret = 'hunter2hunter2';
	const text = `${NODE}ENV PASSWORD=${secret}\nLABEL a=${secret}\nRUN ./x\nCMD ["node", "--token=${secret}"]\n`;
	const {fix: _, ...told} = found(text) ?? {};

	t.true(JSON.stringify(told).includes('sallyport-runtime'));
	t.false(JSON.stringify(told).includes(secret));
});

test('all that comes over is told, so that its libraries can be looked for', t => {
	const carried = (text: string) => found(text)?.fix?.stage?.carried;

	t.deepEqual(carried(`${NODE}CMD ["node", "server.js"]\n`), ['/app']);
	t.deepEqual(
		carried(
			'FROM debian:13\nRUN apt-get update && apt-get install -y gcc make\nWORKDIR /srv/a\nCOPY . .\nRUN make && make install\nCMD ["/usr/local/bin/a"]\n',
		),
		['/srv/a', '/usr/local'],
	);
});

test('development dependencies stay where the start may need them', t => {
	const prunes = (end: string): boolean =>
		(split(`${NODE}${end}\n`) ?? '').includes('npm prune --omit=dev --ignore-scripts');

	t.true(prunes('CMD ["npm", "start"]'));
	t.true(prunes('CMD ["npx", "next", "start"]'));
	t.true(prunes('ENTRYPOINT ["docker-entrypoint.sh"]\nCMD ["node", "server.js"]'));
	t.false(prunes('CMD ["npm", "run", "dev"]'));
	t.false(prunes('CMD ["node", "-r", "nodemon/x", "server.js"]'));
	t.false(prunes('CMD ["./start.sh"]'));
	t.false(prunes('CMD ["npx", "nodemon"]'));
	t.false(prunes('RUN npm prune --omit=dev\nCMD ["node", "server.js"]'));
	t.false(prunes('ENV NODE_ENV=production\nRUN npm ci\nCMD ["node", "server.js"]'));
});

test('what pip installs for a user without rights lies in a home that is not known', t => {
	const text =
		'FROM python:3.13\nWORKDIR /app\nCOPY . .\nUSER app\nRUN pip install flask\nCMD ["flask", "run"]\n';

	t.is(split(text), undefined);
	t.regex(found(text)?.message ?? '', /line 5: what pip, by a user without rights, changes/);
	t.not(split(text.replace('USER app', 'USER 0')), undefined);
});
