/** A way of building, and the tests that it works through us as it does plainly. */
export interface Row {
	readonly what: string;
	/** What it was tried on. */
	readonly engines: readonly Engine[];
	/** Files, with a text that the title of the test or the name of the case has in it. */
	readonly by: readonly (readonly [file: string, title: string])[];
}

const engines = {
	'28 graph': 'Docker Engine 28.5 (BuildKit 0.25), graph drivers, buildx 0.29 with the docker driver',
	'28 containerd': 'Docker Engine 28.5 with the containerd image store',
	'26 graph': 'Docker Engine 26.1 (BuildKit 0.13), graph drivers',
	container: 'BuildKit 0.25 on its own, by buildx 0.29 with the docker-container driver',
	remote: 'the same BuildKit, by buildx with the remote driver',
} as const;

export type Engine = keyof typeof engines;
export const engineNames: Readonly<Record<Engine, string>> = engines;

const OPTIONS = 'test/helpers/fidelity/options.ts';
const RUN = 'test/helpers/fidelity/run.ts';
const COPY = 'test/helpers/fidelity/copy.ts';
const FROM = 'test/helpers/fidelity/from.ts';
const TEXT = 'test/helpers/fidelity/text.ts';
const BUILD = 'test/build.test.ts';
const AROUND = 'test/build-around.test.ts';
const ENGINES = 'test/engines.test.ts';
const ATTESTATION = 'test/attestation.test.ts';

/** What a build can be given besides a Dockerfile, and where it can take place. */
export const rows: readonly Row[] = [
	{
		what: 'a folder as the context, `-f` in it and outside of it',
		engines: ['28 graph'],
		by: [
			[OPTIONS, '-f elsewhere in the context'],
			[OPTIONS, '-f outside of the context'],
			[OPTIONS, 'a Dockerfile in small letters'],
			[BUILD, 'a Dockerfile elsewhere is found'],
		],
	},
	{
		what: 'a Dockerfile on standard input, alone or with a context from anywhere',
		engines: ['28 graph'],
		by: [
			[OPTIONS, '-f on standard input'],
			[OPTIONS, 'a repository with a Dockerfile on standard input'],
			[OPTIONS, 'an archive from an address with a Dockerfile on standard input'],
			[BUILD, 'a lone Dockerfile on standard input'],
		],
	},
	{
		what: 'an archive on standard input',
		engines: ['28 graph'],
		by: [[BUILD, 'a tar on standard input is the context']],
	},
	{
		what: 'a git repository as the context, a folder or a branch of it',
		engines: ['28 graph'],
		by: [
			[OPTIONS, 'a repository as the context'],
			[OPTIONS, 'a folder of a repository as the context'],
			[OPTIONS, 'a repository keeps its history'],
			[BUILD, 'a git repository is the context'],
		],
	},
	{
		what: 'an HTTP address as the context: a Dockerfile or an archive',
		engines: ['28 graph'],
		by: [
			[OPTIONS, 'a Dockerfile from an address'],
			[OPTIONS, 'an archive from an address'],
			[BUILD, 'a tar behind an HTTP address is the context'],
		],
	},
	{
		what: '`.dockerignore`, and the one of a Dockerfile itself',
		engines: ['28 graph'],
		by: [
			[COPY, 'COPY of everything but what is ignored'],
			[COPY, 'an ignore file of the Dockerfile itself'],
			[COPY, 'an ignore file that cannot be read'],
		],
	},
	{
		what: '`--build-context`: folders, images, OCI layouts, repositories and addresses by name',
		engines: ['28 graph', '28 containerd'],
		by: [
			[AROUND, 'contexts by name may be OCI layouts'],
			[OPTIONS, 'a context by name'],
			[OPTIONS, 'a context in the place of an image'],
			[OPTIONS, 'a context in the place of a stage'],
			[OPTIONS, 'a repository by name'],
			[BUILD, 'named contexts reach the delegate'],
		],
	},
	{
		what: 'links between the targets of `docker buildx bake`, with a matrix and secrets',
		engines: ['28 graph'],
		by: [[AROUND, 'a target of bake is built upon another']],
	},
	{
		what: '`--target`, `--build-arg`, `--label`',
		engines: ['28 graph'],
		by: [
			[FROM, '--target of the first stage'],
			[FROM, '--target that there is not'],
			[OPTIONS, '--label over LABEL'],
			[BUILD, 'build arguments, labels and targets reach the delegate'],
		],
	},
	{
		what: '`--secret` from files and variables',
		engines: ['28 graph'],
		by: [
			[RUN, 'a secret mount with everything'],
			[RUN, 'a secret as a variable'],
		],
	},
	{what: '`--ssh`', engines: ['28 graph'], by: [[RUN, 'an SSH mount with everything']]},
	{
		what: '`--network`, `--add-host`, `--shm-size`, `--ulimit`, `--cgroup-parent`, `--allow`',
		engines: ['28 graph'],
		by: [
			[OPTIONS, '--network=none'],
			[OPTIONS, '--add-host'],
			[OPTIONS, '--shm-size'],
			[OPTIONS, '--ulimit'],
			[OPTIONS, '--cgroup-parent'],
			[RUN, 'RUN --network=host'],
		],
	},
	{
		what: '`--no-cache`, `--no-cache-filter`',
		engines: ['28 graph'],
		by: [
			[OPTIONS, '--no-cache'],
			[OPTIONS, '--no-cache-filter'],
		],
	},
	{
		what: '`--cache-to` in the image, `--cache-from` of what there is not',
		engines: ['28 graph'],
		by: [
			[OPTIONS, '--cache-to=inline'],
			[OPTIONS, '--cache-from of what there is not'],
		],
	},
	{
		what: '`--cache-to` a registry or a folder, and `--cache-from` it on another engine',
		engines: ['28 graph', '28 containerd'],
		by: [[AROUND, 'a cache that was written to a registry or a folder']],
	},
	{
		what: '`--output` as a folder, an archive, an OCI or Docker archive, with another compression, or pushed',
		engines: ['28 graph', '28 containerd'],
		by: [
			[AROUND, 'every exporter is given the same'],
			[AROUND, 'what is pushed can be pulled'],
			[OPTIONS, '--output=type=tar'],
			[OPTIONS, '--output=type=local'],
		],
	},
	{
		what: '`--call` and `--check`',
		engines: ['28 graph'],
		by: [
			[OPTIONS, '--call=outline'],
			[OPTIONS, '--call=targets'],
			[OPTIONS, '--call=subrequests.describe'],
			[OPTIONS, '--check finds something'],
			[BUILD, '--check shows the findings of both'],
		],
	},
	{
		what: '`BUILDKIT_SYNTAX`, `# syntax`, `# escape`, `# check`',
		engines: ['28 graph'],
		by: [
			['test/fidelity.test.ts', 'BUILDKIT_SYNTAX='],
			[TEXT, '# escape'],
			[TEXT, '# check that fails'],
			[TEXT, '# syntax of another frontend is not followed twice'],
		],
	},
	{
		what: '`SOURCE_DATE_EPOCH` and the other arguments that BuildKit knows',
		engines: ['28 graph'],
		by: [
			[OPTIONS, 'a time for everything'],
			[OPTIONS, 'a host name'],
			[OPTIONS, 'checks that fail by argument'],
		],
	},
	{
		what: 'attestations, on an index where the store has one',
		engines: ['28 graph', '28 containerd'],
		by: [
			[ATTESTATION, 'an image in a store with indexes'],
			[ATTESTATION, 'a store without indexes'],
		],
	},
	{
		what: '`--provenance` and `--sbom`, by a scanner of our own, because the usual one could not be had',
		engines: ['28 containerd', 'container'],
		by: [
			[AROUND, 'provenance, and what a scanner of the client finds'],
			[AROUND, 'a builder in a container of its own'],
		],
	},
	{
		what: '`--annotation`',
		engines: ['28 containerd'],
		by: [[AROUND, 'annotations, labels and a time of the sources']],
	},
	{
		what: '`--metadata-file`, `--iidfile`',
		engines: ['28 graph', '28 containerd'],
		by: [
			[AROUND, 'what the client is told of a build in files'],
			['test/fidelity.test.ts', "BuildKit's provenance names the frontend"],
		],
	},
	{
		what: 'several platforms in one build',
		engines: ['28 containerd'],
		by: [
			[AROUND, 'an image for several platforms'],
			[ATTESTATION, 'each platform of an image has its own'],
		],
	},
	{
		what: "a foreign platform under emulation, by Debian's QEMU registered in the kernel",
		engines: ['28 containerd'],
		by: [[AROUND, 'steps of another platform run under emulation']],
	},
	{
		what: 'the containerd image store',
		engines: ['28 containerd'],
		by: [[ENGINES, 'on the containerd image store']],
	},
	{what: 'an older engine', engines: ['26 graph'], by: [[ENGINES, 'an older engine above the floor']]},
	{
		what: 'buildx with the docker-container and the remote driver',
		engines: ['container', 'remote'],
		by: [[AROUND, 'a builder in a container of its own']],
	},
	{
		what: 'the API without buildx (`version=2`)',
		engines: ['28 graph'],
		by: [[AROUND, 'the API builds an archive without buildx']],
	},
	{
		what: 'push to a registry, pull from it, and FROM what is there',
		engines: ['28 graph', '28 containerd'],
		by: [[AROUND, 'what is pushed can be pulled']],
	},
];
