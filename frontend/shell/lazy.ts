/** Asks once, at the first call, and remembers the answer. */
export function lazy<T>(ask: () => T): () => T {
	let answer: {readonly value: T} | undefined;
	return () => {
		answer ??= {value: ask()};
		return answer.value;
	};
}
