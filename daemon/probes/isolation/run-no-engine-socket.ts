import {posix} from 'node:path';
import type {Probe} from '../probe.ts';

const usual = [
	'/var/run/docker.sock',
	'/run/docker.sock',
	'/run/containerd/containerd.sock',
	'/run/podman/podman.sock',
	'/run/crio/crio.sock',
];

/** A folder above the socket is as good as the socket itself, so parents count too. */
export const runNoEngineSocket: Probe = async ({target: {mounts}, engineSocket}) => {
	const sockets = engineSocket === undefined ? usual : [...usual, engineSocket];
	const bad = mounts.filter(({source}) => sockets.some(socket => holds(source, socket)));
	return [
		bad.length === 0
			? {
					result: 'pass',
					message: 'No mount reaches the socket of a container engine',
					observed: {mounts: mounts.length},
				}
			: {
					result: 'fail',
					message: `The mount of ${JSON.stringify(bad[0]?.source)} gives the container the engine, and with it the host; put a filtering proxy of the engine's API between`,
					observed: {mounts: bad.slice(0, 8)},
				},
	];
};

/** True when the mounted path is the socket or a folder above it. */
function holds(source: string, socket: string): boolean {
	const path = posix.normalize(source).replace(/\/$/, '');
	return source.startsWith('/') && (socket === path || socket.startsWith(`${path}/`));
}
