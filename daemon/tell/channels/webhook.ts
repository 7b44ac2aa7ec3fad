import {createHmac} from 'node:crypto';
import {DaemonError} from '../../error.ts';
import type {Channel} from '../channel.ts';
import {distinct, linesOf, type Message, severityOf, titleOf} from '../message.ts';
import {plain} from '../plain.ts';
import {post} from '../post.ts';
import {secretIn} from '../secret-file.ts';

export interface WebhookSettings {
	readonly url: URL;
	/** File of the secret: `whsec_` and base64 of 24 to 64 bytes. */
	readonly secretFile: string;
	readonly caFile?: string | undefined;
}

/** Episodes in a body; the others are counted. */
const MOST = 100;

/** JSON by POST, signed as Standard Webhooks says, so that the receiver knows who speaks and that it is not said again. */
export function webhook({url, secretFile, caFile}: WebhookSettings, instance: string): Channel {
	webhookKey(secretFile);
	return {
		target: url.origin,
		send: (message, signal) => {
			const secret = secretIn(secretFile);
			const body = JSON.stringify(bodyOf(message, instance));
			const headers = signedHeaders(message.id, new Date(), body, webhookKey(secretFile));
			return post({url, body, headers, ca: caFile, secrets: [secret, secret.slice('whsec_'.length)]}, signal);
		},
	};
}

/** What is signed is `id.seconds.body`; the id stays the same however often the message is sent. */
export function signedHeaders(
	id: string,
	now: Date,
	body: string,
	key: Uint8Array,
): Readonly<Record<string, string>> {
	const seconds = String(Math.floor(now.getTime() / 1000));
	const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
	return {'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}`};
}

function webhookKey(file: string): Uint8Array {
	const [, text = ''] = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(secretIn(file)) ?? [];
	const key = Buffer.from(text, 'base64');
	if (key.length < 24 || key.length > 64) {
		throw new DaemonError(
			'CONFIG_INVALID',
			`The secret file ${file} holds no secret of a webhook: whsec_ and base64 of 24 to 64 random bytes`,
		);
	}

	return key;
}

function bodyOf(message: Message, instance: string): unknown {
	const {id, kind, at, episodes, sentences} = message;
	return {
		type: `sallyport.${kind}`,
		timestamp: at.toISOString(),
		data: {
			id,
			instance,
			title: titleOf(message),
			lines: linesOf(message),
			severity: severityOf(message),
			sentences: sentences.slice(0, MOST),
			counts: {
				episodes: episodes.length,
				containers: distinct(episodes.map(({container}) => container.id)).length,
				controls: distinct(episodes.map(({control}) => control)).length,
			},
			episodes: episodes.slice(0, MOST).map(({message: text, ...rest}) => ({...rest, message: plain(text)})),
		},
	};
}
