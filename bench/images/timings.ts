import {spawn} from 'node:child_process';
import {appendFileSync} from 'node:fs';
import {cp, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Application} from '../../examples/conversation/application.ts';
import type {EngineHandle} from '../../test/engine/engine.ts';
import {THROUGH_US} from '../../test/helpers/rewritten.ts';

/** How a build is asked for: as its author would, or through the frontend. */
export type Way = 'plain' | 'ours';
const ways: readonly Way[] = ['plain', 'ours'];

export interface Timings {
	readonly cold: Readonly<Record<Way, readonly number[]>>;
	readonly rebuild: Readonly<Record<Way, readonly number[]>>;
}

/** One line is added to this file, as a comment where the language has some: a change that has to be built. */
const CHANGED: Readonly<Record<string, readonly [file: string, line: (word: string) => string]>> = {
	'dotnet-like': ['pages.c', word => `// ${word}`],
	fastapi: ['main.py', word => `# ${word}`],
	flask: ['app.py', word => `# ${word}`],
	go: ['main.go', word => `// ${word}`],
	java: ['src/main/java/app/Main.java', word => `// ${word}`],
	'nginx-site': ['site/index.html', word => `<!-- ${word} -->`],
	'node-api': ['src/server.js', word => `// ${word}`],
	'node-ssr': ['src/server.jsx', word => `// ${word}`],
	php: ['public/index.php', word => `// ${word}`],
	ruby: ['app.rb', word => `# ${word}`],
	rust: ['src/main.rs', word => `// ${word}`],
	'static-site': ['content/two.md', word => `\n${word}`],
	worker: ['worker.py', word => `# ${word}`],
};

/**
 * Seconds of whole `docker build` commands. The two ways take turns, and who goes first does too. A cold build takes nothing from
 * the cache, and its cache mounts are new and empty; a rebuild comes after one line of the sources has changed.
 */
export async function timingsOf(
	engine: EngineHandle,
	{name, folder}: Application,
	rounds: {readonly cold: number; readonly rebuild: number},
): Promise<Timings> {
	const place = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
	const copy = join(place, name);
	const cold: Record<Way, number[]> = {plain: [], ours: []};
	const rebuild: Record<Way, number[]> = {plain: [], ours: []};
	try {
		await cp(folder, copy, {recursive: true});
		for (let round = 0; round < rounds.cold; round += 1) {
			for (const way of turn(round)) {
				const fresh = `bench-${process.pid}-${way}-${round}`;
				const args = ['--no-cache', '--build-arg', `BUILDKIT_CACHE_MOUNT_NS=${fresh}`];
				cold[way].push(await timed(engine, copy, `${name}-${way}`, way, args));
			}
		}

		for (const way of ways) {
			await timed(engine, copy, `${name}-${way}`, way, []);
		}

		for (let round = 0; round < rounds.rebuild; round += 1) {
			change(copy, name, `change ${process.pid} ${round}`);
			for (const way of turn(round)) {
				rebuild[way].push(await timed(engine, copy, `${name}-${way}`, way, []));
			}
		}
	} finally {
		await rm(place, {recursive: true});
	}

	return {cold, rebuild};
}

function turn(round: number): readonly Way[] {
	return round % 2 === 0 ? ways : ways.toReversed();
}

function change(folder: string, name: string, word: string): void {
	const [file, line] = CHANGED[name] ?? [];
	if (file === undefined || line === undefined) {
		throw new Error(`${name}: which line of it changes is not known; say it in bench/images/timings.ts`);
	}

	appendFileSync(join(folder, file), `${line(word)}\n`);
}

async function timed(
	{docker, env}: EngineHandle,
	folder: string,
	tag: string,
	way: Way,
	args: readonly string[],
): Promise<number> {
	const through = way === 'ours' ? THROUGH_US : [];
	const since = performance.now();
	const code = await new Promise<number | null>((resolve, reject) => {
		const all = ['build', '-q', '-t', `sallyport-bench/${tag}`, ...through, ...args, folder];
		const child = spawn(docker, all, {env: {...process.env, ...env}, stdio: 'ignore'});
		child.on('error', reject);
		child.on('close', resolve);
	});
	if (code !== 0) {
		throw new Error(`${tag} is not built: docker build ended with ${code}`);
	}

	return (performance.now() - since) / 1000;
}
