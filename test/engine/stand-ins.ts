import {createHash} from 'node:crypto';
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdtempSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {addedCertificates} from './certificates.ts';
import {makeDebian, mirrorOf} from './debian.ts';
import type {EngineHandle} from './engine.ts';
import {EngineError} from './error.ts';
import {hindrance} from './own.ts';
import {build, LABEL, MARK, type Making, type Recipe} from './recipe.ts';
import {run} from './run.ts';
import {languageRecipes} from './stand-ins-languages.ts';

/** npm 11 is what Node 24 comes with. */
const NPM = 'npm@11.21.2';
const CERTIFICATES = '/usr/local/share/ca-certificates';
const APT = '/var/cache/apt';
const ARCHIVES = `${APT}/archives`;

/** The official images come with these: what apt has loaded is not kept. */
const settings: readonly string[] = [
	...settingOf('etc/apt/apt.conf.d/docker-clean', [
		...['DPkg', 'APT::Update'].map(
			when =>
				`${when}::Post-Invoke { "rm -f ${ARCHIVES}/*.deb ${ARCHIVES}/partial/*.deb ${APT}/*.bin || true"; };`,
		),
		'Dir::Cache::pkgcache "";',
		'Dir::Cache::srcpkgcache "";',
	]),
	...settingOf('etc/apt/apt.conf.d/docker-gzip-indexes', ['Acquire::GzipIndexes "true";']),
	...settingOf('etc/apt/apt.conf.d/docker-no-languages', ['Acquire::Languages "none";']),
	...settingOf('etc/apt/apt.conf.d/docker-autoremove-suggests', [
		'Apt::AutoRemove::SuggestsImportant "false";',
	]),
	...settingOf('etc/dpkg/dpkg.cfg.d/docker-apt-speedup', ['force-unsafe-io']),
	// Ours alone: what an author's own apt-get installs takes recommended packages along, as it does in the official images.
	'--customize-hook=rm "$1"/etc/apt/apt.conf.d/99mmdebstrap',
];

const SLIM_MARK = createHash('sha256').update(settings.join()).digest('hex').slice(0, 5);

export const recipes: Readonly<Record<string, Recipe>> = {
	'debian:bookworm-slim': {
		needs: [],
		seconds: 30,
		make: (engine, making) => makeSlim('bookworm', engine, making),
		mark: SLIM_MARK,
	},
	'debian:trixie-slim': {
		needs: [],
		seconds: 25,
		make: (engine, making) => makeSlim('trixie', engine, making),
		mark: SLIM_MARK,
	},
	...node('debian:bookworm-slim', 'node:24-bookworm-slim'),
	...node('debian:trixie-slim', 'node:24-trixie-slim', 'node:24-slim'),
	...node('buildpack-deps:trixie', 'node:24-trixie', 'node:24'),
	...languageRecipes,
	'alpine:3.22': {
		needs: ['debian:trixie-slim'],
		seconds: 10,
		make: (engine, making) => build(engine, making, 'alpine', 'alpine:3.22'),
	},
	'registry:2': {
		needs: ['debian:trixie-slim'],
		seconds: 15,
		make: (engine, making) => build(engine, making, 'registry', 'registry:2'),
	},
	'moby/buildkit:buildx-stable-1': {
		needs: ['golang:1.24-trixie'],
		seconds: 300,
		make: (engine, making) => build(engine, making, 'buildkit', 'moby/buildkit:buildx-stable-1'),
	},
	'gcr.io/distroless/static-debian12': {
		needs: ['debian:bookworm-slim'],
		seconds: 10,
		make: (engine, making) => makeDistroless('root', 'gcr.io/distroless/static-debian12', engine, making),
	},
	'gcr.io/distroless/static-debian12:nonroot': {
		needs: ['debian:bookworm-slim'],
		seconds: 10,
		make: (engine, making) =>
			makeDistroless('nonroot', 'gcr.io/distroless/static-debian12:nonroot', engine, making),
	},
};

function settingOf(path: string, lines: readonly string[]): readonly string[] {
	const words = lines.map(line => `'${line}'`).join(' ');
	return [`--customize-hook=printf '%s\\n' ${words} >"$1"/${path}`];
}

/** The tar file is kept, because a second engine (another release, another image store) wants it too. */
async function makeSlim(suite: string, engine: EngineHandle, making: Making): Promise<void> {
	const tar = join(making.cache, 'images', `debian-${suite}-${SLIM_MARK}.tar`);
	if (!existsSync(tar)) {
		await makeSlimTar(suite, tar, making);
	}

	const changes = [
		'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
		'CMD ["bash"]',
		`LABEL ${LABEL} ${MARK}=${SLIM_MARK}`,
	];
	const args = ['import', ...changes.flatMap(change => ['--change', change]), tar, `debian:${suite}-slim`];
	await run(engine.docker, args, {env: engine.env, signal: making.signal});
}

async function makeSlimTar(suite: string, tar: string, {env, progress, signal}: Making): Promise<void> {
	const hindered = await hindrance();
	if (hindered !== undefined) {
		throw new EngineError(
			'IMAGE_UNAVAILABLE',
			`debian:${suite}-slim cannot be pulled, and it cannot be made: ${hindered}. Let docker reach a registry`,
		);
	}

	const making = `${tar}.making-${process.pid}`;
	const certificates = addedCertificates(env);
	const extra = mkdtempSync(join(tmpdir(), 'sallyport-certificates-'));
	try {
		// The folder's own mode is copied too, and any user in a container may want to trust these.
		chmodSync(extra, 0o755);
		certificates.forEach((text, index) => {
			writeFileSync(join(extra, `machine-${index}.crt`), `${text}\n`);
		});
		writeFileSync(join(extra, 'machine.pem'), certificates.map(text => `${text}\n`).join(''));
		await makeDebian(slimArgs(suite, making, certificates.length > 0 ? extra : undefined), progress, signal);
		renameSync(making, tar);
	} finally {
		rmSync(extra, {recursive: true, force: true});
		rmSync(making, {force: true});
	}
}

function slimArgs(suite: string, target: string, certificates: string | undefined): string[] {
	const {archive, security} = mirrorOf();
	return [
		'--format=tar',
		...['doc', 'man', 'info', 'locale'].map(name => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
		// bookworm would take usrmerge, and with it 50 MB of perl that no slim image has; a root made merged needs none.
		'--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
		`--setup-hook=printf "Package: usrmerge\\nPin: release *\\nPin-Priority: -1\\n" >"$1"/etc/apt/preferences.d/making`,
		'--customize-hook=rm "$1"/etc/apt/preferences.d/making',
		...settings,
		'--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin "$1"/var/log/* "$1"/etc/hostname "$1"/etc/resolv.conf',
		...(certificates === undefined
			? []
			: [
					`--customize-hook=mkdir -p "$1"${CERTIFICATES}`,
					`--customize-hook=sync-in ${certificates} ${CERTIFICATES}`,
				]),
		suite,
		target,
		`deb ${archive} ${suite} main`,
		`deb ${archive} ${suite}-updates main`,
		...(security === undefined ? [] : [`deb ${security} ${suite}-security main`]),
	];
}

/** Tags that mean the same image; the second one is made from BuildKit's cache. */
function node(base: string, ...names: readonly string[]): Record<string, Recipe> {
	return Object.fromEntries(
		names.map(name => [
			name,
			{
				needs: [base],
				seconds: 20,
				make: (engine, making) => makeNode(base, name, engine, making),
			} satisfies Recipe,
		]),
	);
}

/** Node comes from the npm package that also runs this project, npm from its own package. */
async function makeNode(
	base: string,
	name: string,
	engine: EngineHandle,
	{env, signal}: Making,
): Promise<void> {
	const manifest = createRequire(import.meta.url).resolve(
		`node-${process.platform}-${process.arch}/package.json`,
	);
	const {version} = JSON.parse(readFileSync(manifest, 'utf8')) as {version: string};
	const context = mkdtempSync(join(tmpdir(), 'sallyport-node-'));
	try {
		copyFileSync(join(dirname(manifest), 'bin', 'node'), join(context, 'node'));
		copyFileSync(
			join(import.meta.dirname, 'stand-ins', 'docker-entrypoint.sh'),
			join(context, 'docker-entrypoint.sh'),
		);
		await run('npm', ['pack', '--silent', '--pack-destination', context, NPM], {cwd: context, signal});
		await run('tar', ['xzf', `${NPM.replace('@', '-')}.tgz`], {cwd: context, signal});
		renameSync(join(context, 'package'), join(context, 'npm'));

		const recipe = readFileSync(join(import.meta.dirname, 'stand-ins', 'node.Dockerfile'), 'utf8');
		const trust =
			addedCertificates(env).length > 0 ? `ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}/machine.pem\n` : '';
		writeFileSync(join(context, 'Dockerfile'), `${recipe}${trust}`);
		const args = [
			'build',
			'-q',
			'-t',
			name,
			'--label',
			LABEL,
			'--build-arg',
			`NODE_VERSION=${version}`,
			'--build-arg',
			`BASE=${base}`,
		];
		await run(engine.docker, [...args, context], {env: engine.env, signal});
	} finally {
		rmSync(context, {recursive: true, force: true});
	}
}

async function makeDistroless(
	target: string,
	name: string,
	engine: EngineHandle,
	making: Making,
): Promise<void> {
	await build(engine, making, 'distroless', name, '--target', target);
}
