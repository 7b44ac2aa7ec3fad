// Makes a fresh clone ready, on whatever Node the machine has: installs what package-lock.json names when node_modules is
// missing or older than it, then runs the npm script given, which finds the pinned Node 24 first on its path.
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';

const stamp = 'node_modules/.sallyport-lock';
const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
const isCurrent =
	existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync('node_modules/.bin/ava');

if (!isCurrent) {
	process.stderr.write('sallyport: installing what package-lock.json names (about half a minute) …\n');
	run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
	writeFileSync(stamp, wanted);
}

const [script, ...rest] = process.argv.slice(2);
if (script !== undefined) {
	run('npm', ['run', '--silent', script, ...(rest.length > 0 ? ['--', ...rest] : [])]);
}

function run(command, args) {
	const {status, error} = spawnSync(command, args, {stdio: 'inherit'});
	if (status !== 0) {
		process.stderr.write(
			error === undefined ? '' : `sallyport: ${command} did not start: ${error.message}\n`,
		);
		process.exit(status ?? 1);
	}
}
