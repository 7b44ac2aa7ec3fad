import {posix} from 'node:path';
import type {Probe} from '../probe.ts';

/** The usual places; `/run/user/ID/…` of rootless engines is told by its name. */
const usual = [
	'/var/run/docker.sock',
	'/run/docker.sock',
	'/run/docker.raw.sock',
	'/run/containerd/containerd.sock',
	'/run/containerd/containerd.sock.ttrpc',
	'/run/podman/podman.sock',
	'/run/crio/crio.sock',
	'/run/buildkit/buildkitd.sock',
];

/** However it is called, whoever mounts such a file means an engine. */
const named =
	/^(?:docker|docker\.raw|containerd|containerd\.sock|podman|crio|buildkitd|cri-dockerd)\.(?:sock|ttrpc)$/;

/** A folder above the socket is as good as the socket itself, so parents count too; and so do links and second names. */
export const runNoEngineSocket: Probe = async ({target: {mounts}, engineSockets, inside}) => {
	const sockets = [...usual, ...usual.map(path => `/var${path}`), ...engineSockets];
	const reaching = await inside.reaching([...usual, ...engineSockets]);
	const bad = mounts.filter(
		({source, destination}) =>
			named.test(posix.basename(source)) ||
			sockets.some(socket => holds(source, socket)) ||
			(reaching?.includes(destination) ?? false),
	);
	const [first] = bad;
	const effective = reaching === undefined ? 'not seen' : {reaching: reaching.slice(0, 8)};
	return [
		first === undefined
			? {
					result: 'pass',
					message: 'No mount reaches the socket of a container engine',
					observed: {declared: {mounts: mounts.length}, effective},
				}
			: {
					result: 'fail',
					message: `The mount of ${JSON.stringify(first.source)} gives the container the engine, and with it the host; put a filtering proxy of the engine's API between`,
					observed: {
						declared: bad.slice(0, 8).map(({source, destination}) => ({source, destination})),
						effective,
					},
				},
	];
};

/** True when the mounted path is the socket or a folder above it. */
function holds(source: string, socket: string): boolean {
	const path = posix.normalize(source).replace(/\/$/, '');
	return source.startsWith('/') && (socket === path || socket.startsWith(`${path}/`));
}
