import {createHmac, randomBytes, timingSafeEqual} from 'node:crypto';
import {canonicalJson} from '../../proto/canonical-json.ts';
import type {Query} from '../log/log.ts';
import {ApiError} from './status.ts';

export type Resume = NonNullable<Query['resume']>;

/** What a token goes on with: a listing is of one filter and one order. */
export type Listed = Pick<Query, 'filter' | 'order'>;

export interface PageTokens {
	write(resume: Resume, listed: Listed): string;
	/** @throws {ApiError} INVALID_ARGUMENT for anything that `write` has not made for the same listing */
	read(token: string, listed: Listed): Resume;
}

const TAG_BYTES = 16;

/** Opaque page tokens. The key lives as long as the process: a token from before a restart starts a new listing. */
export function pageTokens(key: Uint8Array = randomBytes(32)): PageTokens {
	const tagOf = (payload: string, listed: Listed): Buffer =>
		createHmac('sha256', key)
			.update(`${payload}\n${canonicalJson({...listed})}`)
			.digest()
			.subarray(0, TAG_BYTES);
	return {
		write: ({after, size, total}, listed) => {
			const payload = `${after} ${size} ${total}`;
			return Buffer.concat([tagOf(payload, listed), Buffer.from(payload)]).toString('base64url');
		},
		read: (token, listed) => {
			const bytes = Buffer.from(token.slice(0, 128), 'base64url');
			const payload = bytes.subarray(TAG_BYTES).toString('latin1');
			const tag = bytes.subarray(0, TAG_BYTES);
			if (tag.length !== TAG_BYTES || !timingSafeEqual(tag, tagOf(payload, listed))) {
				throw new ApiError(
					'INVALID_ARGUMENT',
					'BAD_PAGE_TOKEN',
					'page_token is not one that this daemon gave for the same filters; ask for the first page again, without it',
				);
			}

			const [after = 0, size = 0, total = 0] = payload.split(' ').map(Number);
			return {after, size, total};
		},
	};
}
