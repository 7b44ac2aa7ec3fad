const loopback = ['127.0.0.1', '[::1]', 'localhost'];

/**
 * An address to post to: HTTPS, or HTTP on this machine. No name or password in it: those have files.
 * @returns what is wrong with it, as the end of a sentence that never shows it
 */
export function tellingUrl(text: string, isPlainAllowed = false): URL | string {
	const url = URL.parse(text);
	const isPlain = url?.protocol === 'http:' && (isPlainAllowed || loopback.includes(url.hostname));
	if (url === null || (url.protocol !== 'https:' && !isPlain)) {
		return `is not an https:// address (http:// is for ${isPlainAllowed ? 'this kind of channel' : 'loopback'})`;
	}

	return url.username !== '' || url.password !== '' || url.hash !== ''
		? 'has a name, a password or a fragment in it; leave them out'
		: url;
}
