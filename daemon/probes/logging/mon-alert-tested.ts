import type {AlertTest} from '../../../proto/delivery.ts';
import {type Probe, type Subject, unseen} from '../probe.ts';

const HOUR_MS = 3_600_000;
/** Days that a test holds, and hours that a person has to acknowledge it. */
const usual = {days: 30, ack: 24};

export const monAlertTested: Probe = async ({people, now, paramsOf}) => {
	const channels = people?.channels() ?? [];
	if (people === undefined || channels.length === 0) {
		return [
			unseen(
				people === undefined
					? 'Nobody is told from here; the daemon tells people'
					: 'No channel for alerts is configured, so this host cannot show that people are reached; write alerts.channels into the configuration of the daemon',
			),
		];
	}

	const params = paramsOf('mon-alert-tested');
	const tests = await people.tests();
	const bad = channels.flatMap(channel => {
		const problem = problemOf(channel, tests, now, params);
		return problem === undefined ? [] : [`${channel}: ${problem}`];
	});
	const observed = {channels: channels.length, problems: bad.slice(0, 16)};
	return [
		bad.length === 0
			? {result: 'pass', message: 'Each channel took a test that a person acknowledged', observed}
			: {
					result: 'fail',
					message: `${bad[0]}${bad.length > 1 ? `, and ${bad.length - 1} more` : ''}; run "sallyport daemon alert-test" and acknowledge what arrives`,
					expected: 'each channel takes a test, and a person acknowledges it',
					observed,
				},
	];
};

function problemOf(
	channel: string,
	all: readonly AlertTest[],
	now: Date,
	params: ReturnType<Subject['paramsOf']>,
): string | undefined {
	const given = (name: keyof typeof usual): number => {
		const value = params[name];
		return typeof value === 'number' && value > 0 ? value : usual[name];
	};
	const tests = all.filter(({at}) => now.getTime() - Date.parse(at) <= given('days') * 24 * HOUR_MS);
	const taken = tests.filter(({deliveries}) =>
		deliveries.some(each => each.channel === channel && isTaken(each.state)),
	);
	if (taken.length === 0) {
		const [last] = tests.flatMap(({deliveries}) => deliveries.filter(each => each.channel === channel));
		const said = last === undefined ? '' : `, the last one was ${last.state}`;
		return `it took no test in the last ${given('days')} days${said}`;
	}

	const isInTime = ({at, acknowledged}: AlertTest): boolean =>
		acknowledged !== undefined && Date.parse(acknowledged.at) - Date.parse(at) <= given('ack') * HOUR_MS;
	return taken.some(isInTime) ? undefined : `nobody acknowledged its test within ${given('ack')} hours`;
}

function isTaken(state: string): boolean {
	return state === 'accepted' || state === 'sent';
}
