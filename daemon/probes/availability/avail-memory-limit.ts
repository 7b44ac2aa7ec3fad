import type {Probe} from '../probe.ts';
import {judgeLimit} from './limits.ts';

/** The kernel counts whole pages. */
const PAGE = 65_536;

export const availMemoryLimit: Probe = subject => {
	const {memoryBytes} = subject.target;
	return judgeLimit(subject, {
		what: 'Memory',
		declared: {memoryBytes},
		isDeclared: memoryBytes > 0,
		effective: ({memory}) => memory.max,
		remedy: 'one leak takes the host down. Start with --memory',
		isSame: limit => Math.abs(limit - memoryBytes) < PAGE,
	});
};
