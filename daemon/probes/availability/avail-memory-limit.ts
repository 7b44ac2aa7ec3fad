import type {Probe} from '../probe.ts';

export const availMemoryLimit: Probe = async ({target: {memoryBytes}}) => [
	memoryBytes > 0
		? {result: 'pass', message: 'Memory is limited', observed: {memoryBytes}}
		: {
				result: 'fail',
				message: 'Memory is not limited: one leak takes the host down. Start with --memory',
				observed: {memoryBytes},
			},
];
