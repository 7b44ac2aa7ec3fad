import {setTimeout as sleep} from 'node:timers/promises';

/** Looks until there is something, neither undefined nor false. @throws {Error} when nothing comes */
export async function eventually<T>(
	look: () => Promise<T | undefined | false> | T | undefined | false,
	ms = 60_000,
): Promise<T> {
	const end = performance.now() + ms;
	for (;;) {
		const found = await look();
		if (found !== undefined && found !== false) {
			return found;
		}

		if (performance.now() > end) {
			throw new Error(`Nothing came within ${ms} ms`);
		}

		await sleep(25);
	}
}
