import {DaemonError} from '../../error.ts';
import type {Channel} from '../channel.ts';
import {linesOf, type Message, severityOf, titleOf} from '../message.ts';
import {plain} from '../plain.ts';
import {post} from '../post.ts';
import {secretIn} from '../secret-file.ts';
import {tellingUrl} from '../url.ts';

export interface SlackSettings {
	/** File of the address: whoever knows it can write to the channel, so it is a secret. */
	readonly urlFile: string;
	readonly caFile?: string | undefined;
}

/** What Slack takes of a header and of a section. */
const HEADER = 150;
const SECTION = 3000;

/** An incoming webhook as Slack has it, and Mattermost and Rocket.Chat take it. */
export function slack({urlFile, caFile}: SlackSettings, instance: string): Channel {
	const addressed = (): URL => {
		const url = tellingUrl(secretIn(urlFile));
		if (typeof url === 'string') {
			throw new DaemonError('CONFIG_INVALID', `What stands in ${urlFile} ${url}`);
		}

		return url;
	};
	return {
		target: addressed().origin,
		send: (message, signal) => {
			const url = addressed();
			return post({url, body: JSON.stringify(bodyOf(message, instance)), ca: caFile}, signal);
		},
	};
}

const signs = {
	opened: '🔴',
	reminder: '🔴',
	closed: '🟢',
	acknowledged: '👤',
	contained: '⛔',
	gap: '🟡',
	record: '🔴',
	test: '🔔',
} as const;

function bodyOf(message: Message, instance: string): unknown {
	const title = `${signs[message.kind]} ${titleOf(message)}`;
	const text = linesOf(message).join('\n');
	const foot = [instance, severityOf(message), message.at.toISOString(), `message ${message.id}`];
	return {
		// For notifications and for receivers that know no blocks. Here the text is Slack's markup, and is escaped.
		text: escaped(`${title} (${instance})\n${text}`.slice(0, SECTION)),
		unfurl_links: false,
		unfurl_media: false,
		blocks: [
			{type: 'header', text: plainText(title, HEADER)},
			...(text === '' ? [] : [{type: 'section', text: plainText(text, SECTION)}]),
			{type: 'context', elements: [plainText(foot.filter(Boolean).join(' · '), HEADER)]},
		],
	};
}

/** In `plain_text` nothing is markup: no mention, no link, no shape. */
function plainText(text: string, most: number): unknown {
	const points = Array.from(text);
	const short = points.length > most ? `${points.slice(0, most - 1).join('')}…` : text;
	return {type: 'plain_text', text: short.toWellFormed(), emoji: false};
}

/**
 * Slack's three characters, and what would call people or make a link in receivers that read markup of their own: a thin
 * nothing after it keeps the character and takes its meaning.
 */
function escaped(text: string): string {
	return text
		.split('\n')
		.map(line => plain(line, 1000))
		.join('\n')
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll(/[@*_~`![\]|]|:\/\//g, found => `${found[0]}\u200B${found.slice(1)}`);
}
