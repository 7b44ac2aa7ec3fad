import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {askEngine} from './answer.ts';
import {type EngineOptions, ensureEngine} from './engine.ts';
import {EngineError} from './error.ts';
import {ensureImages, standIns} from './images.ts';
import {cacheFolder, type ImageStore, type Layout, layoutOf} from './layout.ts';
import {leasesIn} from './leases.ts';
import {stopOwn} from './own.ts';
import type {Suite} from './releases.ts';
import {removeFolder} from './root.ts';

const usage = `Usage: node test/engine/main.ts COMMAND [--suite forky|trixie|bookworm] [--store graph-driver|containerd]

  start            find an engine, or start one of our own and keep it up
  stop             stop our own engine, whoever uses it
  status           tell which engine there is
  env              print the lines that make a shell use it: eval "$(node test/engine/main.ts env)"
  images [NAME…]   see to it that the base images are there (all that we can stand in for)
  run -- CMD ARGS  run a command with an engine, and stop the engine after it if nobody else uses it
  clean            stop our own engines and remove all they keep
`;

const suites: readonly Suite[] = ['forky', 'trixie', 'bookworm'];
const stores: readonly ImageStore[] = ['graph-driver', 'containerd'];

interface Request {
	readonly names: readonly string[];
	readonly engine: EngineOptions;
	readonly layout: Layout;
}

const commands: Readonly<Record<string, (request: Request) => Promise<number>>> = {
	start,
	stop,
	status,
	env,
	images,
	run,
	clean,
};

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
	const asked = askedIn(args);
	const command = asked && commands[asked.name];
	if (asked === undefined || command === undefined) {
		process.stderr.write(usage);
		return 2;
	}

	const {names, suite, store} = asked;

	const layout = layoutOf(cacheFolder(process.env), suite ?? 'forky', store ?? 'graph-driver');
	const engine = {progress: tell, ...(suite && {suite}), ...(store && {store})};
	try {
		return await command({names, engine, layout});
	} catch (error) {
		if (error instanceof EngineError) {
			tell(error.message);
			return 1;
		}

		throw error;
	}
}

/** Undefined for what the usage does not know. */
function askedIn(args: string[]) {
	try {
		const options = {suite: {type: 'string'}, store: {type: 'string'}} as const;
		const {values, positionals} = parseArgs({args, allowPositionals: true, options});
		const [name = '', ...names] = positionals;
		const suite = suites.find(known => known === values.suite);
		const store = stores.find(known => known === values.store);
		return suite === values.suite && store === values.store ? {name, names, suite, store} : undefined;
	} catch {
		return undefined;
	}
}

async function start({engine}: Request): Promise<number> {
	const {version, host, own, started} = await ensureEngine({...engine, keep: true});
	const whose = own ? (started ? 'started' : 'ours, already up') : 'of this machine';
	say(`Docker Engine ${version} at ${host} (${whose})`);
	return 0;
}

async function stop({layout}: Request): Promise<number> {
	await stopOwn(layout, {onlyIfUnused: false});
	say(`no engine of ours is up in ${layout.home}`);
	return 0;
}

async function status({layout}: Request): Promise<number> {
	const answer = await askEngine(layout.host);
	const users = leasesIn(layout.leases);
	say(
		answer === undefined
			? `no engine of ours is up in ${layout.home}`
			: `Docker Engine ${answer.version} at ${layout.host}, ${existsSync(layout.kept) ? 'kept up' : 'not kept'}, ` +
					`used by ${users.length === 0 ? 'nobody' : users.join(', ')}`,
	);
	return answer === undefined ? 1 : 0;
}

async function env({engine}: Request): Promise<number> {
	const handle = await ensureEngine({...engine, keep: true});
	for (const [name, value] of Object.entries(handle.env)) {
		say(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
	}

	return 0;
}

async function images({names, engine}: Request): Promise<number> {
	const handle = await ensureEngine({...engine, keep: true});
	await ensureImages(handle, names.length === 0 ? standIns : names, {progress: tell});
	return 0;
}

async function run({names, engine}: Request): Promise<number> {
	const [command, ...args] = names;
	if (command === undefined) {
		process.stderr.write(usage);
		return 2;
	}

	const handle = await ensureEngine(engine);
	try {
		const child = spawn(command, args, {stdio: 'inherit', env: {...process.env, ...handle.env}});
		// The terminal's Ctrl-C reaches the child by itself; we stay to stop the engine.
		process.on('SIGINT', () => {});
		process.on('SIGTERM', () => child.kill('SIGTERM'));
		const {promise, resolve, reject} = Promise.withResolvers<number>();
		child.on('error', reject);
		child.on('close', code => resolve(code ?? 1));
		return await promise;
	} finally {
		await handle.stop();
	}
}

async function clean(): Promise<number> {
	const cache = cacheFolder(process.env);
	for (const suite of suites) {
		for (const store of stores) {
			await stopOwn(layoutOf(cache, suite, store), {onlyIfUnused: false});
		}
	}

	await removeFolder(cache);
	say(`removed ${cache}`);
	return 0;
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

/** Progress goes to standard error, so that what is printed can be evaluated or piped. */
function tell(line: string): void {
	process.stderr.write(`engine: ${line}\n`);
}
