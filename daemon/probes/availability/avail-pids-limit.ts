import type {Probe} from '../probe.ts';

export const availPidsLimit: Probe = async ({target: {pidsLimit}}) => [
	pidsLimit > 0
		? {result: 'pass', message: 'The number of processes is limited', observed: {pidsLimit}}
		: {
				result: 'fail',
				message: 'The number of processes is not limited; start with --pids-limit 256',
				observed: {pidsLimit},
			},
];
