import {listIn} from '../params.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';
import {bitsOf, namesOf, plainName, usual} from './capabilities.ts';

/** The bounding set decides, because it is the most that any process of the container can ever gain. */
export const runCapMinimal: Probe = async ({target: {capabilities, privileged}, processes, paramsOf}) => {
	const own = listIn(paramsOf('run-cap-minimal'), 'allow', usual);
	const asks: Asks = {
		allowed: bitsOf(own),
		mustDrop: own !== usual,
		drops: capabilities.dropped.some(name => plainName(name) === 'ALL'),
	};
	const declared = {added: capabilities.added, dropped: capabilities.dropped, privileged};
	const seen = await processes();
	if (!seen.seen) {
		return [unseen(`The processes' capabilities could not be read: ${seen.reason}`, {declared})];
	}

	const bounding = seen.items.reduce((all, {boundingSet}) => all | boundingSet, 0n);
	const effective = {
		boundingSet: `0x${bounding.toString(16).padStart(16, '0')}`,
		beyond: namesOf(bounding & ~asks.allowed),
	};
	return [judge(bounding, asks, {declared, effective})];
};

interface Asks {
	readonly allowed: bigint;
	/** A policy that names what may be there wants everything else dropped in so many words. */
	readonly mustDrop: boolean;
	readonly drops: boolean;
}

function judge(bounding: bigint, {allowed, mustDrop, drops}: Asks, observed: unknown): ProbeFinding {
	const beyond = namesOf(bounding & ~allowed);
	if (beyond.length > 0) {
		const told =
			beyond.length > 6
				? `${beyond.slice(0, 6).join(', ')} and ${beyond.length - 6} more`
				: beyond.join(', ');
		return {
			result: 'fail',
			message: `Processes may gain capabilities beyond ${mustDrop ? 'what the policy allows' : "Docker's default set"} (${told}); drop ALL and add back only what is used`,
			observed,
		};
	}

	if (mustDrop && !drops) {
		const message =
			'The container does not drop ALL capabilities in so many words, so what it has depends on the engine; start with --cap-drop=ALL';
		return {result: 'fail', message, observed};
	}

	return bounding === 0n
		? {result: 'pass', message: 'All capabilities are dropped', observed}
		: {
				result: 'pass',
				message: mustDrop
					? 'Only capabilities that the policy allows are left'
					: "No capability goes beyond Docker's default set; dropping ALL would be tighter",
				observed,
			};
}
