import type {Probe} from '../probe.ts';

export const runNoPrivileged: Probe = async ({target: {privileged}}) => [
	privileged
		? {
				result: 'fail',
				message:
					'The container is privileged: it owns the host. Drop --privileged and grant the one capability',
				observed: {privileged},
			}
		: {result: 'pass', message: 'The container is not privileged', observed: {privileged}},
];
