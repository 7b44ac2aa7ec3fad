import {type Probe, type Subject, unseen} from '../probe.ts';

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
	const {remembered} = subject.inside;
	if (remembered === undefined) {
		return [unseen('Nothing outlives this look, so nothing can be new; run the daemon')];
	}

	const seen = await behaviourOf(subject);
	if (typeof seen === 'string') {
		return [unseen(seen)];
	}

	const {hours, accept} = subject.paramsOf('mon-new-behaviour');
	const learningMs = (typeof hours === 'number' && hours > 0 ? hours : LEARNING_HOURS) * HOUR_MS;
	const accepted = new Set(Array.isArray(accept) ? accept : []);
	const base = `behaviour ${subject.target.image.digest}`;
	const begun = new Date((await remembered.firstSeen(base, {})).at).getTime();
	const fresh: string[] = [];
	for (const item of seen) {
		const at = new Date((await remembered.firstSeen(`${base} ${item}`, {})).at).getTime();
		if (at - begun > learningMs && !accepted.has(item)) {
			fresh.push(item);
		}
	}

	const observed = {
		seen: seen.length,
		fresh: fresh.slice(0, MOST_NAMED),
		learningSince: new Date(begun).toISOString(),
	};
	if (fresh.length > 0) {
		return [
			{
				result: 'fail',
				message: `New since the image's first day: ${fresh.slice(0, MOST_NAMED).join(', ')}; accept it (params.accept), or respond`,
				observed,
			},
		];
	}

	return [
		subject.now.getTime() - begun < learningMs
			? unseen(
					`What is usual is still being learnt, until ${new Date(begun + learningMs).toISOString()}`,
					observed,
				)
			: {
					result: 'pass',
					message: `Nothing new in this sample: ${seen.length} listeners, programs and destinations`,
					observed,
				},
	];
};

/** Each in a word or two, as the policy would name it; a reason where a part cannot be seen. */
async function behaviourOf({processes, listening, remotes}: Subject): Promise<readonly string[] | string> {
	const [running, ports, others] = await Promise.all([processes(), listening(), remotes()]);
	if (!running.seen) {
		return running.reason;
	}

	if (!ports.seen || !others.seen) {
		return ports.seen ? (others.seen ? '' : others.reason) : ports.reason;
	}

	const all = [
		...ports.items.map(({port}) => `listen:${port}`),
		// The first word of a name that its process has chosen; the program itself where the kernel tells it.
		...running.items.map(
			({program, name}) => `run:${(program ?? name).replaceAll(/[^\w.-]/g, '?').slice(0, 48)}`,
		),
		...others.items.map(({address, port}) => `connect:${address}:${port}`),
	];
	return [...new Set(all)].toSorted().slice(0, MOST);
}
