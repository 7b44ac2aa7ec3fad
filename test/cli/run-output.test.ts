import test from 'ava';
import {counts, failedFiles, failuresIn} from '../helpers/run-output.ts';

const OUTPUT = `
  ✔ daemon › probes › one passes (2s)
  ✘ [fail]: daemon › probes › a › b is told (1.2s)
  ✘ [fail]: build › nothing is there Test timeout exceeded
  ✘ [fail]: build › another one
  Uncaught exception in test/run-chaos.test.ts
  ✘ test/run-chaos.test.ts exited with a non-zero exit code: 1
  ─
  3 tests failed
  1 uncaught exception
`;
const files = ['test/daemon/probes.test.ts', 'test/build.test.ts', 'test/run-chaos.test.ts'];

test('failed tests are counted, and trouble outside of tests is one more', t => {
	t.deepEqual(counts(OUTPUT), {passed: 1, failed: 4});
});

test('the files of failed tests are found by title and by path, each once', t => {
	t.deepEqual(
		failedFiles(OUTPUT, path => files.includes(path)),
		files,
	);
	t.deepEqual(
		failedFiles(OUTPUT, () => false),
		[],
	);
});

test('what is told of failures holds no test that passed, and has an end', t => {
	t.notRegex(failuresIn(OUTPUT, 50), /✔/);
	t.is(failuresIn(OUTPUT, 3).split('\n').length, 3);
});
