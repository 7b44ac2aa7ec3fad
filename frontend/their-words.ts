import type {Result} from '../proto/buildkit/gateway.ts';
import {passOn} from './delegate.ts';
import {ParseError} from './dockerfile/error.ts';
import {FrontendError} from './error.ts';
import type {Gateway} from './gateway/client.ts';
import type {Options} from './options.ts';

/**
 * A Dockerfile that both refuse is refused in BuildKit's words: they are those that a build without us has, and that people
 * search for. What only we refuse is told in ours. Nothing of what BuildKit would have built is kept; its answer to a
 * question is, because nothing is built by that.
 */
export async function inTheirWords(gateway: Gateway, options: Options, error: unknown): Promise<Result> {
	const answer = isTheirs(error) ? await passOn(gateway, options) : undefined;
	if (answer === undefined || options.request === undefined) {
		throw error;
	}

	return answer;
}

/** They do not say which stages there are. */
function isTheirs(error: unknown): boolean {
	return (
		error instanceof FrontendError &&
		(error.code === 'FRONTEND_NO_DOCKERFILE' || error.code === 'FRONTEND_BAD_DOCKERFILE') &&
		!(error.cause instanceof ParseError && error.cause.code === 'DOCKERFILE_UNKNOWN_STAGE')
	);
}
