import type {ContainmentOrder, PeopleView} from '../../host/people.ts';
import {type Probe, type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** Within this the engine has to show that a container is contained. */
const CONFIRM_MS = 30_000;
/** And so much later the record has to say so. */
const SLACK_MS = 30_000;

export const incContainment: Probe = async subject => {
	const {people} = subject;
	if (people === undefined) {
		return [unseen('Nothing is contained from here; the daemon does that')];
	}

	const order = people.order();
	if (order === undefined) {
		return [{result: 'not-applicable', message: 'The policy asks for no containment'}];
	}

	const problem = typeof order === 'string' ? order : people.mayContain ? undefined : NOT_ENABLED;
	return typeof order === 'string' || problem !== undefined
		? [failed(`The policy asks for containment, but ${problem}`)]
		: [await contained(subject, people, order)];
};

const NOT_ENABLED = 'the daemon was started without --containment on';

async function contained(
	{target, episodes = [], now}: Subject,
	people: PeopleView,
	{action, controls, by}: ContainmentOrder,
): Promise<ProbeFinding> {
	const [last] = await people.containments(target.id);
	if (last !== undefined) {
		const observed = {rule: last.rule, action: last.action, confirmed: last.confirmed, at: last.finishedOn};
		const tookMs = Date.parse(last.finishedOn) - Date.parse(last.startedOn);
		return last.confirmed && tookMs <= CONFIRM_MS + SLACK_MS
			? {result: 'pass', message: `The container was contained (${last.action}) for ${last.rule}`, observed}
			: failed(
					`The containment for ${last.rule} was not confirmed: ${last.reason ?? 'it took too long'}`,
					observed,
				);
	}

	const due = episodes.find(
		({control, severity, result, closedAt, openedAt}) =>
			closedAt === undefined &&
			severity === 'critical' &&
			result === 'fail' &&
			controls.includes(control) &&
			now.getTime() - Date.parse(openedAt) > CONFIRM_MS + SLACK_MS,
	);
	return due === undefined
		? {
				result: 'pass',
				message: `Nothing was to be contained here, and the order (${action}) is approved`,
				observed: {by},
			}
		: failed(`${due.control} fails since ${due.openedAt}, and the record has no containment`);
}

function failed(message: string, observed?: unknown): ProbeFinding {
	return {result: 'fail', message, ...(observed === undefined ? {} : {observed})};
}
