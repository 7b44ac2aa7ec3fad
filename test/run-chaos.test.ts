import {spawnSync} from 'node:child_process';
import {closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {bundleDaemon} from './helpers/bundled-daemon.ts';
import {type Chaotic, chaotic, type Recorded, type Said} from './helpers/chaos.ts';
import {type Docker, openDocker} from './helpers/docker.ts';
import {eventually} from './helpers/eventually.ts';
import {type ManyEngine, manyEngine} from './helpers/many-engine.ts';

// What can go wrong on a host, again and again: nothing that was acknowledged is missing, and no stretch in which nobody looked is
// missing from the coverage. Twenty times here, `SALLYPORT_CHAOS=500` five hundred times.

const TIMES = Number(process.env['SALLYPORT_CHAOS'] ?? 20);
/** So many daemons share the work of one test. */
const SIDE_BY_SIDE = 5;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-chaos-'));

let docker: Docker;
let main = '';
let real = {socket: '', id: ''};
test.before(async () => {
	main = await bundleDaemon(folder);
	docker = await openDocker();
	const careful = [
		'--cap-drop=ALL',
		'--security-opt=no-new-privileges:true',
		'--memory=64m',
		'--pids-limit=64',
		'--read-only',
	];
	const {stdout} = await docker([
		'run',
		'-d',
		'--network=host',
		'--user=10001',
		...careful,
		'alpine:3.22',
		'sleep',
		'3600',
	]);
	real = {socket: docker.engine.host.replace('unix://', ''), id: stdout.trim()};
});
test.after.always(async () => {
	await docker(['rm', '-f', real.id]);
	rmSync(folder, {recursive: true, force: true});
});

/** Statements about containers that the daemon said to have in its log. */
function acknowledged(said: readonly Said[]): readonly Said[] {
	return said.filter(({event}) => event === 'TARGET_VERIFIED');
}

function missing(said: readonly Said[], {entries}: Recorded): readonly Said[] {
	return acknowledged(said).filter(({position, container}) => entries.get(position ?? -1) !== container);
}

function isCovered({gaps}: Recorded, from: Date, to: Date): boolean {
	return gaps.some(gap => gap.from <= from && gap.to >= to);
}

/** Writes until nothing more goes in. */
function fill(path: string): void {
	const file = openSync(path, 'w');
	try {
		for (;;) {
			writeSync(file, Buffer.alloc(16_384));
		}
	} catch {
		// That was the end of the disk.
	} finally {
		closeSync(file);
	}
}

async function sideBySide(
	work: (engine: ManyEngine, daemon: Chaotic, turns: number) => Promise<void>,
): Promise<void> {
	await Promise.all(
		Array.from({length: SIDE_BY_SIDE}, async () => {
			await using engine = await manyEngine(real);
			await using daemon = chaotic(main, engine.host, folder);
			await work(engine, daemon, Math.ceil(TIMES / SIDE_BY_SIDE));
		}),
	);
}

test.serial(
	`${TIMES} times kill -9: nothing acknowledged is missing, and every blind stretch is told`,
	async t => {
		t.timeout(TIMES * 10_000);
		await sideBySide(async (engine, daemon, turns) => {
			const blind: (readonly [Date, Date])[] = [];
			engine.start(2);
			for (let turn = 0; turn < turns; turn += 1) {
				const before = acknowledged(daemon.said).length;
				await daemon.start();
				engine.start(1);
				await eventually(() => acknowledged(daemon.said).length > before);
				const dead = await daemon.kill();
				await sleep(Math.random() * 200);
				blind.push([dead, new Date()]);
			}

			await daemon.start();
			await sleep(500);
			await daemon.stop();
			const record = await daemon.record();

			t.is(record.integrity, 'ok');
			t.deepEqual(missing(daemon.said, record), []);
			t.deepEqual(
				blind.filter(([from, to]) => !isCovered(record, from, to)),
				[],
			);
		});
	},
);

test.serial(
	`${TIMES} times the engine goes and comes back: each silence is a gap, what started meanwhile is verified`,
	async t => {
		t.timeout(TIMES * 10_000);
		await sideBySide(async (engine, daemon, turns) => {
			const blind: (readonly [Date, Date])[] = [];
			const heard = (): number => daemon.said.filter(({event}) => event === 'ENGINE_CONNECTED').length;
			await daemon.start();
			await eventually(() => heard() > 0);
			const started: string[] = [];
			for (let turn = 0; turn < turns; turn += 1) {
				const before = heard();
				engine.vanish();
				// A moment for the daemon to see it: how soon is no matter here.
				await eventually(() => daemon.said.filter(({event}) => event === 'ENGINE_LOST').length > turn);
				const from = new Date();
				started.push(...engine.start(1));
				await sleep(50);
				blind.push([from, new Date()]);
				engine.appear();
				await eventually(() => heard() > before);
			}

			await eventually(() =>
				started.every(id => acknowledged(daemon.said).some(({container}) => container === id)),
			);
			await daemon.stop();
			const record = await daemon.record();

			t.deepEqual(missing(daemon.said, record), []);
			t.deepEqual(
				blind.filter(([from, to]) => !isCovered(record, from, to)),
				[],
			);
		});
	},
);

test.serial(
	`${TIMES} times the disk is full: what was not stored is not acknowledged, and the daemon goes on when there is room`,
	async t => {
		t.timeout(TIMES * 10_000);
		const disk = join(folder, 'disk');
		mkdirSync(disk);
		const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=0700', 'none', disk]);
		if (mounted.status !== 0) {
			t.log(`skipped: a small disk needs the right to mount one (${String(mounted.stderr).trim()})`);
			t.pass();
			return;
		}

		t.teardown(() => void spawnSync('umount', [disk]));
		await using engine = await manyEngine(real);
		await using daemon = chaotic(main, engine.host, folder, join(disk, 'state'));
		await daemon.start();
		const refusals = (): number => daemon.said.filter(({event}) => event === 'RECORD_FAILED').length;
		for (let turn = 0; turn < TIMES; turn += 1) {
			const before = acknowledged(daemon.said).length;
			fill(join(disk, 'ballast'));
			const failed = refusals();
			const [id] = engine.start(1);
			const isVerified = (): boolean =>
				acknowledged(daemon.said)
					.slice(before)
					.some(({container}) => container === id);
			// The store's own file may have had room for one more; then that one is in it.
			await eventually(() => refusals() > failed || isVerified());
			rmSync(join(disk, 'ballast'));
			await eventually(isVerified);
			engine.stop(String(id));
		}

		t.true(refusals() >= TIMES / 5, `${refusals()} refusals`);

		await daemon.stop();
		const record = await daemon.record();
		t.is(record.integrity, 'ok');
		t.deepEqual(missing(daemon.said, record), []);
	},
);

test.serial('a crowd that starts at once is verified to the last, and every one has its verdict', async t => {
	t.timeout(300_000);
	await using engine = await manyEngine(real);
	await using daemon = chaotic(main, engine.host, folder);
	await daemon.start();
	const ids = engine.start(200);

	await eventually(() => {
		const seen = new Set(acknowledged(daemon.said).map(({container}) => container));
		return ids.every(id => seen.has(id));
	}, 240_000);
	await daemon.stop();
	const record = await daemon.record();

	t.deepEqual(missing(daemon.said, record), []);
	t.true(ids.every(id => [...record.entries.values()].includes(id)));
});
