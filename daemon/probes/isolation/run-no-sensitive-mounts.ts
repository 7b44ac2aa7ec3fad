import {posix} from 'node:path';
import type {Mount} from '../../docker/target.ts';
import {isUnder, listIn} from '../params.ts';
import type {Probe} from '../probe.ts';

/** What holds the host together, or its secrets. */
const sensitive = [
	'/bin',
	'/boot',
	'/dev',
	'/etc',
	'/lib*',
	'/proc',
	'/root',
	'/sbin',
	'/sys',
	'/usr',
	'/var/lib/docker',
	'/var/lib/containerd',
	'/var/lib/kubelet',
];

/** What everybody may read anyway, and nobody can do harm with. */
const harmless = [
	'/etc/localtime',
	'/etc/timezone',
	'/etc/ssl/certs',
	'/usr/share/ca-certificates',
	'/usr/share/zoneinfo',
];

export const runNoSensitiveMounts: Probe = async ({target: {mounts}, inside, paramsOf}) => {
	const allowed = [...harmless, ...listIn(paramsOf('run-no-sensitive-mounts'), 'allow')];
	const isAllowed = ({source, writable}: Mount): boolean => !writable && isUnder(allowed, plain(source));
	const bad = mounts.filter(mount => mount.type === 'bind' && isSensitive(mount) && !isAllowed(mount));
	// A link, or a volume that stands for a folder of the host, has another name and is the same folder.
	const aliases = (await inside.reaching(sensitive.filter(path => !path.includes('*')))) ?? [];
	const hidden = mounts.filter(
		mount => aliases.includes(mount.destination) && !bad.includes(mount) && !isAllowed(mount),
	);
	const all = [...bad, ...hidden];
	const [first] = all;
	const told = all.slice(0, 8).map(({type, source, destination, writable}) => {
		return {type, source, destination, writable};
	});
	const observed = {mounts: mounts.length, sensitive: told};
	return [
		first === undefined
			? {result: 'pass', message: 'No sensitive folder of the host is mounted', observed}
			: {
					result: 'fail',
					message: `${JSON.stringify(first.source)} of the host is mounted ${first.writable ? 'and can be written' : 'to be read'}${hidden.includes(first) ? ', under another name' : ''}; mount the one folder that is needed, read-only`,
					observed,
				},
	];
};

function isSensitive({source}: Mount): boolean {
	const path = plain(source);
	return path === '/' || isUnder(sensitive, path) || sensitive.some(each => each.startsWith(`${path}/`));
}

function plain(source: string): string {
	const path = posix.normalize(source);
	return path.length > 1 ? path.replace(/\/$/, '') : path;
}
