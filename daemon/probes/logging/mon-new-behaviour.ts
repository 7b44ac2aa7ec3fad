import {type Probe, type ProbeFinding, type Subject, unseen} from '../probe.ts';
import type {Compared} from '../usual.ts';

const HOUR_MS = 3_600_000;
/** How long what is seen of an image is taken for usual. */
const LEARNING_HOURS = 24;
const MOST = 64;
const MOST_NAMED = 8;

/**
 * What an image does on its first day is what it does: listeners, programs, and whom it talks to. What comes later is new, until
 * the policy accepts it. A look is a sample: what lives between two of them is not seen.
 */
export const monNewBehaviour: Probe = async subject => {
	const {usual, target, now, paramsOf} = subject;
	if (usual === undefined) {
		return [unseen('Nothing outlives this look, so nothing can be new; run the daemon')];
	}

	const seen = await behaviourOf(subject);
	if (typeof seen === 'string') {
		return [unseen(seen)];
	}

	const {hours, accept} = paramsOf('mon-new-behaviour');
	const learning = typeof hours === 'number' && hours > 0 ? hours : LEARNING_HOURS;
	const compared = await usual.compare(target.image.digest, seen, now, learning);
	const accepted: readonly unknown[] = Array.isArray(accept) ? accept : [];
	return [
		judge(
			{...compared, fresh: compared.fresh.filter(item => !accepted.includes(item))},
			seen.length,
			learning * HOUR_MS,
		),
	];
};

function judge({since, isLearning, fresh}: Compared, seen: number, learningMs: number): ProbeFinding {
	const observed = {seen, fresh: fresh.slice(0, MOST_NAMED), learningSince: since.toISOString()};
	if (isLearning) {
		const until = new Date(since.getTime() + learningMs).toISOString();
		return unseen(`What is usual is still being learnt, until ${until}`, observed);
	}

	return fresh.length === 0
		? {
				result: 'pass',
				message: `Nothing new in this sample: ${seen} listeners, programs and destinations`,
				observed,
			}
		: {
				result: 'fail',
				message: `New since the image's first day: ${observed.fresh.join(', ')}; accept it (params.accept), or respond`,
				observed,
			};
}

/** Each in a word or two, as the policy would name it; a reason where a part cannot be seen. */
async function behaviourOf({processes, listening, remotes}: Subject): Promise<readonly string[] | string> {
	const [running, ports, others] = await Promise.all([processes(), listening(), remotes()]);
	if (!running.seen || !ports.seen || !others.seen) {
		const [hidden] = [running, ports, others].filter(part => !part.seen);
		return hidden?.seen === false ? hidden.reason : 'A part of it cannot be seen';
	}

	const all = [
		...ports.items.map(({port}) => `listen:${port}`),
		// The program where the kernel tells it, else the name that its process has chosen.
		...running.items.map(
			({program, name}) => `run:${(program ?? name).replaceAll(/[^\w.-]/g, '?').slice(0, 48)}`,
		),
		...others.items.map(({address, port}) => `connect:${address}:${port}`),
	];
	return [...new Set(all)].toSorted().slice(0, MOST);
}
