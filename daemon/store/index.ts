import {StoreError} from './error.ts';
import {openSqlite} from './sqlite.ts';
import type {Store} from './store.ts';

/** Loaded when it is asked for: most daemons never need the client of a server. */
const openPostgres = async (url: string, origin: string): Promise<Store> =>
	(await import('./postgres.ts')).openPostgres(url, origin);

const schemes: Readonly<Record<string, (url: string, origin: string) => Promise<Store>>> = {
	sqlite: url => openSqlite(url.slice('sqlite:'.length)),
	postgresql: openPostgres,
	postgres: openPostgres,
};

/**
 * Opens the store that a URL names: `sqlite:/var/lib/sallyport/log.db`, `postgresql://user@host/database`.
 * @param origin the log's name, by which a store of many logs finds it; one of a single log needs none
 * @throws {StoreError} STORE_BAD_URL, STORE_LOCKED, STORE_CORRUPT, STORE_FAILED
 */
export async function openStore(url: string, origin = ''): Promise<Store> {
	const scheme = url.slice(0, Math.max(0, url.indexOf(':')));
	const open = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined;
	if (open === undefined || url.length === scheme.length + 1) {
		const known = Object.keys(schemes).join(', ');
		// Without what stands behind the scheme: it may hold a password.
		throw new StoreError(
			'STORE_BAD_URL',
			`No store is named by ${JSON.stringify(scheme === '' ? url.slice(0, 40) : `${scheme}:`)}; write scheme:path with a scheme of: ${known}`,
		);
	}

	return open(url, origin);
}
