import {copyFileSync, existsSync, globSync, mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {has, run} from './run.ts';

export interface Client {
	/** The docker program: its path, or its name when the machine has one of its own. */
	readonly docker: string;
	/** What a child process needs in its environment beside `DOCKER_HOST`. */
	readonly env: Readonly<Record<string, string>>;
}

/** The machine's own client, when it has one with buildx; its configuration and credentials stay in use. */
export async function ownClient(): Promise<Client | undefined> {
	const works = await run('docker', ['buildx', 'version'], {timeoutMs: 10_000}).then(
		() => true,
		() => false,
	);
	return works ? {docker: 'docker', env: {DOCKER_BUILDKIT: '1'}} : undefined;
}

/**
 * A client from a private root: its buildx, and its docker where the machine has none.
 *
 * buildx is a static program and is copied. docker needs the root's C library, so it is started through the
 * root's own loader by a script of two lines, which works whatever C library the machine has.
 */
export async function clientFrom(root: string, cache: string): Promise<Client> {
	const config = join(cache, 'client');
	const plugin = join(config, 'cli-plugins', 'docker-buildx');
	mkdirSync(join(config, 'cli-plugins'), {recursive: true, mode: 0o700});
	if (!existsSync(plugin)) {
		const making = `${plugin}.${process.pid}`;
		copyFileSync(join(root, 'usr/libexec/docker/cli-plugins/docker-buildx'), making);
		renameSync(making, plugin);
	}

	const env = {DOCKER_CONFIG: config, DOCKER_BUILDKIT: '1'};
	if (await has('docker')) {
		return {docker: 'docker', env};
	}

	const bin = join(config, 'bin');
	writeDocker(root, bin);
	return {
		docker: join(bin, 'docker'),
		env: {...env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`},
	};
}

function writeDocker(root: string, bin: string): void {
	const [loader = ''] = globSync(join(root, 'usr/lib/*/ld-linux-*.so.*'));
	const libraries = join(loader, '..');
	mkdirSync(bin, {recursive: true, mode: 0o700});
	const making = join(bin, `docker.${process.pid}`);
	writeFileSync(
		making,
		`#!/bin/sh\nexec '${loader}' --library-path '${libraries}' '${join(root, 'usr/bin/docker')}' "$@"\n`,
		{mode: 0o700},
	);
	renameSync(making, join(bin, 'docker'));
}
