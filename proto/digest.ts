import {createHash} from 'node:crypto';

/** `sha256:` and 64 lower-case hex digits, as OCI and BuildKit write digests. */
export type Digest = `sha256:${string}`;

/** Digest of bytes; a string stands for its UTF-8 bytes. */
export function digestOf(bytes: Uint8Array | string): Digest {
	return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** True for exactly a sha256 digest; anything looser would let two spellings name one thing. */
export function isDigest(text: unknown): text is Digest {
	return typeof text === 'string' && /^sha256:[0-9a-f]{64}$/.test(text);
}
