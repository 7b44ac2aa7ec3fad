import type {Fix, Subject} from '../rule.ts';
import {accountsIn} from './accounts.ts';
import {dropsPrivileges} from './dropping.ts';
import {writableOptions} from './writable-folders.ts';

/** Nobody's number by convention: no distribution gives it to a person, and distroless images call it nonroot. */
export const USER = '65532:65532';

/**
 * Ends the stage with a user: the one that it has made for it, else a number. None where the image seems to drop its rights by
 * itself: it would then lack what it needs before.
 */
export function rootFix(subject: Subject): Fix | undefined {
	if (dropsPrivileges(subject)) {
		return undefined;
	}

	const user = madeUser(subject) ?? USER;
	const options = writableOptions(subject);
	// An empty image has no list of users, and is gone over only for folders.
	const isNeeded = subject.chain.base !== 'scratch' || options.length > 0;
	return {
		title: `USER ${user} at the end of the stage`,
		append: [`USER ${user}`],
		...(isNeeded ? {harden: [`--user=${user}`, ...options]} : {}),
		isOnTrial: true,
	};
}

/** The only user that the image's stages make, by number where they give one; absent when there are several, or none. */
export function madeUser(subject: Subject): string | undefined {
	const accounts = accountsIn(subject).filter(({command}) => !command.isConditional);
	const [only] = accounts;
	return only !== undefined &&
		only.uid !== 0 &&
		only.name !== 'root' &&
		accounts.length === 1 &&
		/^[A-Za-z_][\w.-]{0,31}$/.test(only.name)
		? String(only.uid ?? only.name)
		: undefined;
}
