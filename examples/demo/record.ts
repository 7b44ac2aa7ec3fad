import {spawn} from 'node:child_process';
import {createWriteStream} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import type {EngineHandle} from '../../test/engine/engine.ts';
import {run} from '../../test/engine/run.ts';
import type {Container} from './container.ts';
import type {Daemon} from './watch.ts';

/** One control as the run gate judged it. */
export interface Check {
	readonly control: string;
	readonly result: string;
	readonly level: string;
	readonly criteria: readonly string[];
	readonly message?: string;
}

interface Entry {
	readonly id: string;
	readonly position: number;
	readonly counts?: {readonly pass?: number; readonly notEvaluated?: number};
}

export interface Recorded {
	readonly entry: Entry;
	readonly verdict: string;
	readonly checks: readonly Check[];
	readonly logSize: number;
	/** Files that are enough to check the entry anywhere, without this machine. */
	readonly files: {
		readonly bundle: string;
		readonly key: string;
		readonly trustedRoot: string;
		readonly blob: string;
	};
	readonly predicateType: string;
	/** What `sallyport log verify` printed about them, and whether it was content. */
	readonly verification: {readonly text: string; readonly passed: boolean};
}

interface Subject {
	readonly digest: Readonly<Record<string, string>>;
}

const PATIENCE_MS = 60_000;
const cli = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** Waits until the container was looked at as a whole: the first statement is made before what takes long. */
export async function waitForEntry(
	daemon: Daemon,
	container: Container,
	say: (line: string) => void,
): Promise<Entry> {
	say('waiting for the whole look …');
	const since = Date.now();
	let newest: Entry | undefined;
	while (Date.now() - since < PATIENCE_MS) {
		const {entries} = (await ask(daemon, `/v1/entries?container=${container.id}`)) as {
			entries: readonly Entry[];
		};
		newest = entries[0] ?? newest;
		const {pass = 0, notEvaluated = 0} = newest?.counts ?? {};
		if (newest !== undefined && pass > notEvaluated) {
			return newest;
		}

		await sleep(200);
	}

	if (newest !== undefined) {
		return newest;
	}

	throw new Error(`No attestation of ${container.name} came within a minute; see ${daemon.log}`);
}

/** Fetches everything an auditor needs for one entry, and checks it offline with our own command. */
export async function fetchRecord(
	daemon: Daemon,
	engine: EngineHandle,
	folder: string,
	image: string,
	entry: Entry,
): Promise<Recorded> {
	const files = {
		bundle: join(folder, 'attestation.sigstore.json'),
		key: join(folder, 'attestation.pub'),
		trustedRoot: join(folder, 'trusted-root.json'),
		blob: join(folder, 'image.json'),
	};
	const {statement} = (await ask(daemon, `/v1/entries/${entry.id}`)) as {
		statement: {
			subject: readonly Subject[];
			predicateType: string;
			predicate: {verdict: string; checks: readonly Check[]};
		};
	};
	await writeFile(files.bundle, JSON.stringify(await ask(daemon, `/v1/entries/${entry.id}/bundle`)));
	await run(process.execPath, [cli, 'log', 'keys', '--dir', folder, '--server', daemon.url]);
	await saveBlob(engine, image, statement.subject, files.blob);
	const {size} = (await ask(daemon, '/v1/log/checkpoint')) as {size: number};
	return {
		entry,
		verdict: statement.predicate.verdict,
		checks: statement.predicate.checks,
		logSize: size,
		files,
		predicateType: statement.predicateType,
		verification: await verify(files, statement.predicateType),
	};
}

async function verify(
	{bundle, key, trustedRoot, blob}: Recorded['files'],
	type: string,
): Promise<Recorded['verification']> {
	const args = [
		'log',
		'verify',
		bundle,
		'--key',
		key,
		'--trusted-root',
		trustedRoot,
		'--blob',
		blob,
		'--type',
		type,
	];
	const lines: string[] = [];
	const passed = await run(process.execPath, [cli, ...args], {onLine: line => lines.push(line)}).then(
		() => true,
		() => false,
	);
	return {text: lines.join('\n'), passed};
}

/**
 * Takes the image's configuration or manifest out of `docker image save`: the file whose SHA-256 is a subject of the
 * statement. Engine 25 and later write an OCI layout; 24 names the configuration by its digest.
 */
async function saveBlob(
	{docker, env}: EngineHandle,
	image: string,
	subjects: readonly Subject[],
	file: string,
): Promise<void> {
	const digests = subjects.flatMap(({digest}) => digest['sha256'] ?? []);
	for (const name of digests.flatMap(digest => [`blobs/sha256/${digest}`, `${digest}.json`])) {
		await pipeline(docker, ['image', 'save', image], ['tar', '-xOf', '-', name], env, file);
		if ((await readFile(file)).length > 0) {
			return;
		}
	}

	throw new Error(
		'No subject of the statement is in the saved image, so there is nothing to check it against',
	);
}

function pipeline(
	docker: string,
	save: readonly string[],
	[tar = '', ...args]: readonly string[],
	env: Readonly<Record<string, string>>,
	file: string,
): Promise<void> {
	return new Promise((resolve, reject) => {
		const from = spawn(docker, save, {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'ignore']});
		const to = spawn(tar, args, {stdio: [from.stdout, 'pipe', 'ignore']});
		from.on('error', reject);
		to.on('error', reject);
		to.stdout
			.pipe(createWriteStream(file, {mode: 0o600}))
			.on('finish', resolve)
			.on('error', reject);
	});
}

async function ask({url}: Daemon, path: string): Promise<unknown> {
	const response = await fetch(url + path, {signal: AbortSignal.timeout(10_000)});
	if (!response.ok) {
		throw new Error(`The daemon answered ${path} with ${response.status}: ${await response.text()}`);
	}

	return response.json();
}
