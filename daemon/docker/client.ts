import {readFileSync} from 'node:fs';
import Docker from 'dockerode';
import {DaemonError, reasonOf} from '../error.ts';
import type {EngineHost} from './hosts.ts';

/**
 * An engine's client, for who may do more than look.
 * @param host as in DOCKER_HOST, or with what TLS needs
 * @throws {DaemonError} DOCKER_HOST_INVALID
 */
export function dockerOf(host: string | EngineHost): Docker {
	return new Docker(typeof host === 'string' ? optionsOf({name: host, address: host}) : optionsOf(host));
}

/** Sockets of it on this host, by path. */
export function socketsOf(address: string): readonly string[] {
	const path = /^unix:\/\/(\/.+)$/.exec(address)?.[1];
	return path === undefined ? [] : [path];
}

function optionsOf({address, tls}: EngineHost): Docker.DockerOptions {
	const [unix] = socketsOf(address);
	if (unix !== undefined) {
		// Explicit, because the library would otherwise mix in DOCKER_HOST from the environment.
		return {socketPath: unix, host: undefined, protocol: 'http'} as unknown as Docker.DockerOptions;
	}

	const [, host, port] = /^tcp:\/\/([^/:]+):(\d+)$/.exec(address) ?? [];
	if (host === undefined) {
		throw new DaemonError(
			'DOCKER_HOST_INVALID',
			`The Docker host ${JSON.stringify(address)} is neither unix:///path nor tcp://host:port`,
		);
	}

	if (tls === undefined) {
		return {host, port: Number(port), protocol: 'http'};
	}

	return {
		host,
		port: Number(port),
		protocol: 'https',
		...(tls.ca !== undefined && {ca: read(tls.ca)}),
		...(tls.cert !== undefined && {cert: read(tls.cert)}),
		...(tls.key !== undefined && {key: read(tls.key)}),
		...(!tls.verify && {rejectUnauthorized: false}),
	} as Docker.DockerOptions; // The library hands `rejectUnauthorized` on, and its type forgot it.
}

function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch (cause) {
		throw new DaemonError(
			'DOCKER_HOST_INVALID',
			`${path}, which TLS to the engine needs, cannot be read: ${reasonOf(cause)}`,
			{cause},
		);
	}
}
