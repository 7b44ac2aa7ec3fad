// One process per file of tests, one after the other (`test/main.ts` has three such lanes): containers and servers that the tests
// start need the cores too, and what is promised within seconds is then measured on a machine that can keep it.
export default {
	files: ['test/**/*.test.ts'],
	extensions: {ts: 'module'},
	concurrency: 1,
	timeout: '5m',
	failWithoutAssertions: true,
};
