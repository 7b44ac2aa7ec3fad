import {printable} from './printable.ts';
import {type Fields, fieldsOf} from './record-client.ts';

/** Episodes for people, a paragraph each. */
export function formatEpisodes(episodes: readonly unknown[]): string {
	const open = episodes.filter(each => fieldsOf(each)['closedAt'] === undefined);
	const taken = open.filter(each => fieldsOf(each)['acknowledged'] !== undefined);
	const sum = `${open.length} open, ${taken.length} of them acknowledged, ${episodes.length - open.length} closed`;
	return `${[...episodes.map(episodeText), sum].join('\n')}\n`;
}

function episodeText(value: unknown): string {
	const episode = fieldsOf(value);
	const container = fieldsOf(episode['container']);
	const mark = episode['closedAt'] === undefined ? (episode['acknowledged'] === undefined ? '✖' : '●') : '✔';
	const head = `${mark} ${textOf(episode['control'])}  ${textOf(episode['severity'])}  ${textOf(container['name'])}`;
	return [
		head,
		`    ${textOf(episode['message'])}`,
		`    ${timesOf(episode)}`,
		`    id ${textOf(episode['id'])}`,
	].join('\n');
}

function timesOf(episode: Fields): string {
	const {by, reason} = fieldsOf(episode['acknowledged']);
	const times = [`since ${textOf(episode['openedAt'])}, seen ${textOf(episode['observations'])} times`];
	if (by !== undefined) {
		times.push(`acknowledged by ${textOf(by)}: ${textOf(reason)}`);
	}

	if (episode['closedAt'] !== undefined) {
		times.push(`closed ${textOf(episode['closedAt'])} (${textOf(episode['closedBy'])})`);
	}

	return times.join('; ');
}

/** What each channel said to a test, a line each, and what is still to be done. */
export function formatDeliveries(deliveries: readonly unknown[]): string {
	const lines = deliveries.map(fieldsOf).map(({channel, type, state, answer, providerId}) => {
		const mark = state === 'accepted' || state === 'sent' ? '✔' : '✖';
		const said = [answer, providerId && `id ${textOf(providerId)}`].filter(Boolean).map(textOf).join(', ');
		const who = `${textOf(channel)} (${textOf(type)})`;
		return `${mark} ${who}: ${textOf(state)}${said === '' ? '' : `: ${said}`}`;
	});
	return `${lines.join('\n')}
Recorded. The message holds an id: whoever received it acknowledges it with that, by
  sallyport daemon acknowledge ID --by NAME --reason TEXT
`;
}

/** Names and messages were written by attackers in part. */
function textOf(value: unknown): string {
	return printable(value === undefined ? '' : String(value)).slice(0, 500);
}
