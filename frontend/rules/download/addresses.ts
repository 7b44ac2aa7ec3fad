const HOST = /^(?:[a-z][a-z0-9+.-]{0,15}:\/\/)?(?:[^@/?#]{0,200}@)?(\[[0-9a-f:.]{1,45}\]|[^:/?#]{1,255})/i;

/** The host of an address, `example.com` in `https://user@example.com:8443/x`; empty when there is none. */
export function hostOf(url: string): string {
	return HOST.exec(url)?.[1]?.toLowerCase() ?? '';
}

/** The machine itself: nobody stands between. */
export function isLoopback(url: string): boolean {
	const host = hostOf(url);
	return host === 'localhost' || host.endsWith('.localhost') || /^(?:127\.|0\.0\.0\.0$|\[::1\]$)/.test(host);
}

const OWN_ENDINGS = ['.local', '.internal', '.lan', '.intranet', '.home.arpa', '.test', '.svc'];
const PRIVATE = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)/;

/** A host of one's own network, by its name or number. */
export function isInternal(url: string): boolean {
	const host = hostOf(url);
	const isSingle = host !== '' && !host.includes('.') && !host.includes('$') && !host.startsWith('[');
	return (
		isLoopback(url) || isSingle || OWN_ENDINGS.some(ending => host.endsWith(ending)) || PRIVATE.test(host)
	);
}
