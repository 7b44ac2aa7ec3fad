import type {ControlGroup, Limit} from '../../docker/cgroup.ts';
import {NOT_SEEN} from '../kernel-view.ts';
import {type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** One limit, as it was asked for and as the control group has it. */
export interface Limited {
	/** Such as `Memory`. */
	readonly what: string;
	readonly declared: unknown;
	readonly isDeclared: boolean;
	readonly effective: (group: ControlGroup) => Limit | undefined;
	/** What to do when there is none. */
	readonly remedy: string;
	/** Whether what was asked for is what is there; only said, never failed: kernels round. */
	readonly isSame: (effective: number) => boolean;
}

/** Both must be limited: a kernel without the controller takes the option and limits nothing. */
export async function judgeLimit(
	{inside}: Pick<Subject, 'inside'>,
	limited: Limited,
): Promise<readonly ProbeFinding[]> {
	const seen = await inside.kernel();
	const group = seen.seen ? seen.kernel.group : undefined;
	const limit = group === undefined ? undefined : limited.effective(group);
	const observed = {declared: limited.declared, effective: limit ?? NOT_SEEN};
	if (limit === undefined) {
		const reason = seen.seen ? 'its control group cannot be read from here' : seen.reason;
		return [withoutKernel(limited, reason, observed)];
	}

	return [limit === 'max' ? unlimited(limited, observed) : {...held(limited, limit), observed}];
}

function withoutKernel({what, isDeclared, remedy}: Limited, reason: string, observed: unknown): ProbeFinding {
	return isDeclared
		? unseen(
				`${what} is limited by the settings, but what the kernel makes of that could not be seen: ${reason}`,
				observed,
			)
		: {result: 'fail', message: `${what} is not limited: ${remedy}`, observed};
}

function unlimited({what, isDeclared, remedy}: Limited, observed: unknown): ProbeFinding {
	const although = isDeclared ? ' by the kernel, although the settings ask for it' : '';
	return {result: 'fail', message: `${what} is not limited${although}: ${remedy}`, observed};
}

function held({what, isDeclared, isSame}: Limited, limit: number): ProbeFinding {
	if (!isDeclared) {
		return {result: 'pass', message: `${what} is limited by the kernel, although no setting asks for it`};
	}

	const other = isSame(limit) ? '' : ', to another value than the settings ask for';
	return {result: 'pass', message: `${what} is limited${other}`};
}
