import {DaemonError, reasonOf} from '../error.ts';

/** What the library threw → what it means here. */
export function failureOf(cause: unknown, address: string): unknown {
	if (cause instanceof DaemonError) {
		return cause;
	}

	const status = typeof cause === 'object' && cause !== null && 'statusCode' in cause ? cause.statusCode : 0;
	switch (status) {
		case 0:
			return new DaemonError(
				'DOCKER_UNREACHABLE',
				`No Docker Engine answers at ${address}: ${reasonOf(cause)}`,
				{cause},
			);
		case 401:
		case 403:
		case 405:
			return new DaemonError(
				'DOCKER_FORBIDDEN',
				`What stands before the engine at ${address} does not let this question pass`,
				{cause},
			);
		case 404:
			return /could not find the file|no such file/i.test(reasonOf(cause))
				? new DaemonError('FILE_ABSENT', 'The container has no such file', {cause})
				: new DaemonError('TARGET_GONE', 'There is no such container, or there is none any more', {cause});
		default:
			return new DaemonError('DOCKER_BAD_REPLY', `Docker Engine refused a question: ${reasonOf(cause)}`, {
				cause,
			});
	}
}
