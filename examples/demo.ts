import {ensureEngine} from '../test/engine/engine.ts';
import {ensureProduct} from '../test/engine/product.ts';
import {buildExample} from './demo/build.ts';
import {runContainer, stopContainer} from './demo/container.ts';
import {demoFolder} from './demo/folder.ts';
import {fetchRecord, waitForEntry} from './demo/record.ts';
import {report} from './demo/report.ts';
import {startDaemon, stopDaemon} from './demo/watch.ts';

// The whole path, once, on real things: one line in a Dockerfile, two gates, one record. May be run again at any time:
// it replaces what it left running before, and touches nothing else.

const NAME = 'sallyport-demo';
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = demoFolder();

try {
	const engine = await ensureEngine({progress: say, keep: true});
	if (process.argv[2] === 'stop') {
		await stopDaemon(folder);
		await stopContainer(engine, NAME);
		say('The demo has stopped. An engine that was started for it stops with: npm run engine -- stop');
		process.exit(0);
	}

	say(`Docker Engine ${engine.version}`);
	await ensureProduct(engine, {progress: say, only: ['sallyport/proxy-nginx:1', 'sallyport/frontend:1']});
	const daemon = await startDaemon(folder, engine, say);
	const built = await buildExample(engine, say);
	const container = await runContainer(engine, built.image, NAME, say);
	const entry = await waitForEntry(daemon, container, say);
	const record = await fetchRecord(daemon, engine, folder, built.image, entry);
	say(report({built, container, daemon, record, isColored: process.stdout.isTTY === true}));
	await engine.stop();
} catch (error) {
	process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
}
