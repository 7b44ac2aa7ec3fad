// One process per shelf of tests; two at a time, because the engine's tests share two cores with what they start.
export default {
	files: ['test/**/*.test.ts'],
	extensions: {ts: 'module'},
	concurrency: 2,
	timeout: '5m',
	failWithoutAssertions: true,
};
