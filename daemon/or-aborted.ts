/** Whoever does not heed a signal is left behind when it aborts; what it says later is not heard. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
	const {promise, reject} = Promise.withResolvers<never>();
	const stop = (): void => reject(signal.reason);
	if (signal.aborted) {
		stop();
	}

	signal.addEventListener('abort', stop, {once: true});
	return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop));
}
