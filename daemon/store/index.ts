import {StoreError} from './error.ts';
import {openSqlite} from './sqlite.ts';
import type {Store} from './store.ts';

const schemes: Readonly<Record<string, (path: string) => Promise<Store>>> = {
	sqlite: openSqlite,
};

/**
 * Opens the store that a URL names: `sqlite:/var/lib/sallyport/log.db`.
 * @throws {StoreError} STORE_BAD_URL, STORE_LOCKED, STORE_CORRUPT, STORE_FAILED
 */
export async function openStore(url: string): Promise<Store> {
	const colon = url.indexOf(':');
	const open = Object.hasOwn(schemes, url.slice(0, colon)) ? schemes[url.slice(0, colon)] : undefined;
	const path = url.slice(colon + 1);
	if (open === undefined || path === '') {
		const known = Object.keys(schemes).join(', ');
		throw new StoreError(
			'STORE_BAD_URL',
			`No store is named by ${JSON.stringify(url)}; write scheme:path with a scheme of: ${known}`,
		);
	}

	return open(path);
}
