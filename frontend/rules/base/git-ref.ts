const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Whether a ref says which sources are meant: a commit does, and so does a version with at least two numbers, which people do not
 * move. `main`, `v2` and `latest` move.
 */
export function isSettled(ref: string): boolean {
	const name = ref.replace(/^refs\/(?:tags|heads)\//, '');
	return COMMIT.test(name) || /^[0-9a-f]{12,}$/.test(name) || /(?:^|[^\d.])\d+[._]\d+/.test(`v${name}`);
}
