import type {Episode} from '../../episode.ts';
import type {Channel, Receipt} from '../channel.ts';
import {linesOf, type Message, nameOf, titleOf} from '../message.ts';
import {plain} from '../plain.ts';
import {type Posting, post} from '../post.ts';
import {secretIn} from '../secret-file.ts';

export interface AlertmanagerSettings {
	/** Of the server, with a prefix if it has one: `/api/v2/alerts` is put behind it. */
	readonly url: URL;
	/** File of a bearer token, where a proxy before it wants one. */
	readonly tokenFile?: string | undefined;
	readonly caFile?: string | undefined;
}

/**
 * How long an alert holds that is not said again. It is said again every minute, so this is how long the daemon may be away
 * before the receiver takes what is open for solved.
 */
const HOLDS_MS = 3_600_000;
/** A notice that has no end, such as a gap or a test. */
const SHORT_MS = 300_000;
/** Alerts in one request. */
const AT_ONCE = 1000;

/** Alertmanager's second API: an alert for each episode, which ends when its time does. */
export function alertmanager({url, tokenFile, caFile}: AlertmanagerSettings, instance: string): Channel {
	if (tokenFile !== undefined) {
		secretIn(tokenFile);
	}

	const target = new URL(`${url.pathname.replace(/\/$/, '')}/api/v2/alerts`, url);
	const postAll = async (alerts: readonly unknown[], signal: AbortSignal): Promise<Receipt> => {
		let receipt: Receipt = {state: 'accepted'};
		for (let at = 0; at < alerts.length; at += AT_ONCE) {
			receipt = await post(postingOf(alerts.slice(at, at + AT_ONCE)), signal);
		}

		return receipt;
	};
	const postingOf = (alerts: readonly unknown[]): Posting => {
		const token = tokenFile === undefined ? undefined : secretIn(tokenFile);
		return {
			url: target,
			body: JSON.stringify(alerts),
			ca: caFile,
			...(token === undefined ? {} : {headers: {authorization: `Bearer ${token}`}, secrets: [token]}),
		};
	};
	return {
		target: url.origin,
		send: (message, signal) => postAll(alertsOf(message, instance), signal),
		keep: async (open, signal) => {
			const now = new Date();
			await postAll(
				open.map(episode => alertOf(episode, instance, now)),
				signal,
			);
		},
	};
}

function alertsOf(message: Message, instance: string): readonly unknown[] {
	const {kind, episodes, at} = message;
	return episodes.length > 0
		? episodes.map(episode => alertOf(episode, instance, at))
		: [
				{
					labels: {alertname: names[kind] ?? 'SallyportNotice', instance, severity: 'high'},
					annotations: {
						summary: titleOf(message),
						description: linesOf(message).join('\n'),
						message: message.id,
					},
					startsAt: at.toISOString(),
					endsAt: new Date(at.getTime() + SHORT_MS).toISOString(),
				},
			];
}

const names: Readonly<Partial<Record<Message['kind'], string>>> = {
	gap: 'SallyportNotLooking',
	record: 'SallyportRecord',
	test: 'SallyportTest',
};

/** Labels say which alert it is and MUST be the same at its end; what changes stands in annotations. */
function alertOf(episode: Episode, instance: string, now: Date): unknown {
	const {control, container, severity, message, acknowledged, openedAt, closedAt, id} = episode;
	return {
		labels: {
			alertname: 'SallyportControlFailed',
			control,
			container: nameOf(episode),
			container_id: container.id.slice(0, 12),
			severity,
			instance,
		},
		annotations: {
			summary: `${control} fails at ${nameOf(episode)}`,
			description: plain(message, 1000),
			image: plain(container.image),
			episode: id,
			...(acknowledged && {acknowledged: `${plain(acknowledged.by)}: ${plain(acknowledged.reason)}`}),
		},
		startsAt: openedAt,
		endsAt: closedAt ?? new Date(now.getTime() + HOLDS_MS).toISOString(),
	};
}
