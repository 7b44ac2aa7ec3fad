import type {Probe} from '../probe.ts';
import {judgeLimit} from './limits.ts';

export const availPidsLimit: Probe = subject => {
	const {pidsLimit} = subject.target;
	return judgeLimit(subject, {
		what: 'The number of processes',
		declared: {pidsLimit},
		isDeclared: pidsLimit > 0,
		effective: ({pids}) => pids.max,
		remedy: 'start with --pids-limit 256',
		isSame: limit => limit === pidsLimit,
	});
};
