import type {Kernel} from '../docker/kernel.ts';
import {type ProbeFinding, type Subject, unseen} from './probe.ts';

/** Judges by the kernel's view; without it nothing passes, and what was asked for is told beside the reason. */
export async function withKernel(
	{inside}: Pick<Subject, 'inside'>,
	declared: unknown,
	judge: (kernel: Kernel) => ProbeFinding,
): Promise<readonly ProbeFinding[]> {
	const seen = await inside.kernel();
	return seen.seen
		? [judge(seen.kernel)]
		: [unseen(`What the kernel makes of it could not be seen: ${seen.reason}`, {declared})];
}

/** The kernel's view, for those who can judge by the settings alone and say more with it. */
export async function kernelIfSeen({inside}: Pick<Subject, 'inside'>): Promise<Kernel | undefined> {
	const seen = await inside.kernel();
	return seen.seen ? seen.kernel : undefined;
}

export const NOT_SEEN = 'not seen';
