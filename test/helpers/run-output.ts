// What the test runner wrote, read as a machine reads it.

/** Counts what was marked, one line a test; and what is said at the end of trouble outside of tests. */
export function counts(output: string): {readonly passed: number; readonly failed: number} {
	const lines = (pattern: RegExp): number => output.match(pattern)?.length ?? 0;
	const outside = [...output.matchAll(/^\s*(\d+) (?:uncaught exceptions?|unhandled rejections?)$/gm)];
	return {
		passed: lines(/^\s*✔ /gm),
		failed: lines(/^\s*✘ \[fail\]/gm) + outside.reduce((sum, [, count]) => sum + Number(count), 0),
	};
}

/**
 * The files in which something failed, as the runner names them: by the parts of a title, or by their paths.
 * @param isFile whether there is such a file
 */
export function failedFiles(output: string, isFile: (path: string) => boolean): readonly string[] {
	const titled = [...output.matchAll(/^\s*✘ \[fail\]: (.+)$/gm)].flatMap(([, title = '']) => {
		const parts = title.split(' › ');
		const paths = parts.map((_, at) => `test/${parts.slice(0, at + 1).join('/')}.test.ts`);
		return paths.find(isFile) ?? [];
	});
	const named = [
		...output.matchAll(/^\s*(?:Uncaught exception in|Unhandled rejection in|✘) (test\/\S+\.test\.ts)/gm),
	];
	return [...new Set([...titled, ...named.flatMap(([, path = '']) => (isFile(path) ? [path] : []))])];
}

/** What the runner says of failures, without the tests that passed: its last pages. */
export function failuresIn(output: string, mostLines: number): string {
	const lines = output.split('\n').filter(line => !/^\s*✔ /.test(line));
	return lines.slice(0, mostLines).join('\n');
}
