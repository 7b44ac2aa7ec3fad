import {readFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {ensureImages} from '../engine/images.ts';
import {type Docker, done, folderOf} from './docker.ts';
import type {Builder} from './fidelity/observe.ts';

/** The frontend under test. */
export const FRONTEND = process.env['FIDELITY_FRONTEND'] ?? 'sallyport/frontend:1';

/** One whose image says that nothing is to be judged. */
export const OFF = 'sallyport-test/around-frontend:off';

export const plain: Builder = {name: 'plain', args: []};
export const passing: Builder = {name: 'off', args: ['--build-arg', `BUILDKIT_SYNTAX=${OFF}`]};
export const judging: Builder = {name: 'judged', args: ['--build-arg', `BUILDKIT_SYNTAX=${FRONTEND}`]};

/** What the image OFF is made of. */
export async function makeOff(docker: Docker): Promise<void> {
	await done(docker, ['build', '-q', '-t', OFF, '-'], {
		input: `FROM ${FRONTEND}\nENV SALLYPORT_POLICY=off\n`,
	});
}

/** One manifest of an OCI layout. */
export interface Manifest {
	readonly platform: string;
	readonly annotations: Fields;
	readonly settings: Fields;
	readonly labels: Fields;
	readonly layers: readonly string[];
	/** In-toto predicates where it is a manifest of attestations. */
	readonly predicates: readonly string[];
}

export type Fields = Readonly<Record<string, unknown>>;

interface Descriptor {
	readonly digest: string;
	readonly platform?: {readonly os: string; readonly architecture: string};
	readonly annotations?: Readonly<Record<string, string>>;
}

/** All manifests of an OCI layout, in their order. */
export function manifestsIn(layout: string): readonly Manifest[] {
	const blob = (digest: string): Fields =>
		JSON.parse(readFileSync(join(layout, 'blobs', digest.replace(':', '/')), 'utf8')) as Fields;
	const under = (index: Fields): readonly Manifest[] =>
		((index['manifests'] ?? []) as readonly Descriptor[]).flatMap(({digest, annotations = {}}) => {
			const content = blob(digest);
			return 'manifests' in content ? under(content) : [manifestOf(content, annotations, blob)];
		});
	return under(JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as Fields);
}

/** What of a descriptor's annotations tells of the moment, or of what another digest covers already. */
const PASSING = /\.image\.created$|^vnd\.docker\.reference\.digest$|^buildkit\.|\.image\.name$|\.ref\.name$/;

function manifestOf(content: Fields, said: Fields, blob: (digest: string) => Fields): Manifest {
	const {config, layers, annotations} = content as {
		readonly config: Descriptor;
		readonly layers: readonly Descriptor[];
		readonly annotations?: Fields;
	};
	const {os, architecture, config: settings} = blob(config.digest);
	const {Labels = {}, ...rest} = (settings ?? {}) as Fields;
	return {
		platform: `${String(os)}/${String(architecture)}`,
		annotations: Object.fromEntries(
			Object.entries({...said, ...annotations}).filter(([key]) => !PASSING.test(key)),
		),
		settings: rest,
		labels: Labels as Fields,
		layers: os === 'unknown' ? [] : layers.map(({digest}) => digest),
		predicates: layers
			.flatMap(({annotations: {'in-toto.io/predicate-type': type} = {}}) => type ?? [])
			.toSorted(),
	};
}

/** Builds into an OCI layout, and reads it. */
export async function exported(
	docker: Docker,
	builder: Builder,
	args: readonly string[],
): Promise<readonly Manifest[]> {
	const layout = await folderOf({});
	await done(docker, ['build', '-o', `type=oci,tar=false,dest=${layout}`, ...builder.args, ...args]);
	const manifests = manifestsIn(layout);
	await rm(layout, {recursive: true, force: true});
	return manifests;
}

/** A registry on this machine that anybody may push to, without TLS. */
export async function openStore(docker: Docker): Promise<{readonly address: string; close(): Promise<void>}> {
	await ensureImages(docker.engine, ['registry:2']);
	const id = await done(docker, ['run', '-d', '--rm', '-p', '127.0.0.1::5000', 'registry:2']);
	const address = (await done(docker, ['port', id, '5000'])).split('\n')[0] ?? '';
	for (let tries = 0; tries < 100; tries += 1) {
		const isUp = await fetch(`http://${address}/v2/`).then(
			({ok}) => ok,
			() => false,
		);
		if (isUp) {
			break;
		}

		await wait(100);
	}

	return {
		address,
		async close() {
			await docker(['rm', '-f', '-v', id]);
		},
	};
}
