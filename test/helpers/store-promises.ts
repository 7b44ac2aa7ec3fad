import test, {type ExecutionContext} from 'ava';
import {openStore} from '../../daemon/store/index.ts';
import {type Batch, type Filter, type NewRow, type Store, tally} from '../../daemon/store/store.ts';

/** Where a store of its own is made for a test, and by which name its log is found there. */
export interface StorePlace {
	readonly url: string;
	readonly origin: string;
}

const digest = 'ab'.repeat(32);

function rowAt(position: number): NewRow {
	const isBad = position % 5 === 0;
	return {
		position,
		id: `ID${String(position).padStart(6, '0')}`,
		integratedTime: 1000 + position,
		predicateType: position % 10 === 9 ? 'coverage' : 'runtime',
		container: (position % 2 === 0 ? 'c0' : 'd1').repeat(32),
		name: `web-${position % 3}`,
		image: 'app:1',
		...(position % 10 === 9 ? {} : {verdict: isBad ? 'fail' : 'pass'}),
		counts: '{"pass":1}',
		body: Buffer.from(`body ${position}`),
		promise: Buffer.from('promise'),
		envelope: Buffer.from(`envelope ${position}`),
		subjects: position % 4 === 0 ? [digest] : ['cd'.repeat(32)],
		checks: [
			{control: 'tls', result: isBad ? 'fail' : 'pass'},
			...(position === 7 ? [{control: 'rare', result: 'error'}] : []),
		],
	};
}

/** Rows from a position on, as one batch. */
export function batchOf(first: number, count: number): Batch {
	const size = first + count;
	return {
		first,
		rows: Array.from({length: count}, (_, i) => rowAt(first + i)),
		nodes: Array.from({length: count}, (_, i) => ({
			level: 0,
			index: first + i,
			hash: Buffer.from(`node ${first + i}`),
		})),
		checkpoint: {
			size,
			rootHash: Buffer.from(`root ${size}`),
			note: `note ${size}`,
			seal: Buffer.from('seal'),
		},
	};
}

/** Opens a store that is empty, and puts forty rows into it, in two batches. */
export async function filled(t: ExecutionContext, {url, origin}: StorePlace): Promise<Store> {
	const store = await openStore(url, origin);
	t.teardown(() => store.close());
	t.true(await store.lock());
	await store.append(batchOf(0, 30));
	await store.append(batchOf(30, 10));
	return store;
}

/** What every kind of store promises, as tests of the file that calls it. @param placeOf called once in each test */
export function promisesOfStore(kind: string, placeOf: (t: ExecutionContext) => StorePlace): void {
	test(`${kind}: what was appended is read back, by position and by id`, async t => {
		const place = placeOf(t);
		const store = await filled(t, place);
		await store.close();
		const again = await openStore(place.url, place.origin);
		t.teardown(() => again.close());

		const {subjects, checks, ...row} = rowAt(33);
		const asBytes = {body: new Uint8Array(row.body), promise: new Uint8Array(row.promise)};
		t.deepEqual(await again.row(33), {...row, ...asBytes, envelope: new Uint8Array(row.envelope)});
		t.is(await again.positionOf('ID000033'), 33);
		t.is(await again.positionOf('ID999999'), undefined);
		t.is(await again.row(40), undefined);
		const head = await again.head();
		t.is(head.size, 40);
		t.is(head.checkpoint?.note, 'note 40');
		t.is(await again.damage('whole'), undefined);
	});

	test(`${kind}: a batch that does not start at the end is refused, and leaves nothing behind`, async t => {
		const store = await filled(t, placeOf(t));

		await t.throwsAsync(store.append(batchOf(39, 2)), {code: 'STORE_CONFLICT'});
		await t.throwsAsync(store.append(batchOf(41, 2)), {code: 'STORE_CONFLICT'});
		t.is((await store.head()).size, 40);
	});

	test(`${kind}: a batch that fails half way leaves nothing behind, and the next one is stored`, async t => {
		const store = await filled(t, placeOf(t));
		const good = batchOf(40, 2);
		const [first, second] = good.rows;
		// The same id twice: the second row fails after the first one was written.
		const rows = [first, {...second, id: first?.id}] as NewRow[];

		await t.throwsAsync(store.append({...good, rows}), {code: 'STORE_FAILED'});
		t.is((await store.head()).size, 40);
		await store.append(good);
		t.is((await store.head()).size, 42);
		t.is((await store.list({filter: {}, size: 42, order: 'newest', limit: 1}))[0]?.predicateType, 'runtime');
	});

	test(`${kind}: each filter finds what a walk over all rows finds, and counts it`, async t => {
		const store = await filled(t, placeOf(t));
		const rows = Array.from({length: 40}, (_, i) => rowAt(i));
		const hasCheck = ({checks}: NewRow, control: string, result?: string): boolean =>
			checks.some(check => check.control === control && (result ?? check.result) === check.result);
		const cases: readonly (readonly [Filter, (row: NewRow) => boolean])[] = [
			[{}, () => true],
			[{container: 'c0'.repeat(32)}, row => row.position % 2 === 0],
			[{container: 'd1d1d1d1d1d1'}, row => row.position % 2 === 1],
			[{container: 'web-2'}, row => row.position % 3 === 2],
			[{container: 'nobody'}, () => false],
			[{image: 'app:1'}, () => true],
			[{image: `sha256:${digest}`}, row => row.position % 4 === 0],
			[{control: 'tls'}, () => true],
			[{control: 'rare'}, row => row.position === 7],
			[{control: 'no-such'}, () => false],
			[{control: 'tls', result: 'fail'}, row => hasCheck(row, 'tls', 'fail')],
			[{control: 'tls', result: 'pass'}, row => hasCheck(row, 'tls', 'pass')],
			[{verdict: 'fail'}, row => row.verdict === 'fail'],
			[{verdict: 'pass'}, row => row.verdict === 'pass'],
			[{predicateType: 'coverage'}, row => row.predicateType === 'coverage'],
			[{since: 1010, until: 1020}, row => row.position >= 10 && row.position < 20],
			[
				{image: `sha256:${digest}`, control: 'tls', result: 'fail', verdict: 'fail', since: 1001},
				row => row.position % 20 === 0 && row.position > 0,
			],
		];

		for (const [filter, lets] of cases) {
			const expected = rows.filter(lets).map(({position}) => position);
			const page = {filter, size: 40, limit: 100};
			const oldest = await store.list({...page, order: 'oldest'});
			const newest = await store.list({...page, order: 'newest'});

			const name = JSON.stringify(filter);
			t.deepEqual(
				oldest.map(({position}) => position),
				expected,
				name,
			);
			t.deepEqual(
				newest.map(({position}) => position),
				expected.toReversed(),
				name,
			);
			t.is(await store.count(filter, 40), expected.length, name);
		}
	});

	test(`${kind}: pages follow each other without gap or overlap, and stay below the given size`, async t => {
		const store = await filled(t, placeOf(t));
		const seen: number[] = [];
		let after: number | undefined;
		for (;;) {
			const page = {filter: {}, size: 35, order: 'newest', limit: 10} as const;
			const rows = await store.list(after === undefined ? page : {...page, after});
			if (rows.length === 0) {
				break;
			}

			seen.push(...rows.map(({position}) => position));
			after = seen.at(-1);
		}

		t.deepEqual(
			seen,
			Array.from({length: 35}, (_, i) => 34 - i),
		);
		t.is(await store.count({}, 35), 35);
	});

	test(`${kind}: nodes come in the order asked for, and a missing one is an error`, async t => {
		const store = await filled(t, placeOf(t));
		const hashes = await store.nodes([
			{level: 0, index: 39},
			{level: 0, index: 0},
		]);

		t.deepEqual(
			hashes.map(hash => Buffer.from(hash).toString()),
			['node 39', 'node 0'],
		);
		await t.throwsAsync(store.nodes([{level: 1, index: 0}]), {code: 'STORE_CORRUPT'});
	});

	test(`${kind}: the tallies of its indexes are those of the rows`, async t => {
		const store = await filled(t, placeOf(t));
		const sums = tally();
		for (let position = 0; position < 35; position++) {
			sums.add(rowAt(position));
		}

		const stored = await store.tallies(35);
		t.deepEqual(new Map([...stored].sort()), new Map([...sums.sums()].sort()));
	});

	test(`${kind}: a fact keeps its first value`, async t => {
		const store = await filled(t, placeOf(t));

		t.is(await store.remember('since', 'a'), 'a');
		t.is(await store.remember('since', 'b'), 'a');
	});

	test(`${kind}: only one may write, and the right passes on when the first one closes`, async t => {
		const place = placeOf(t);
		const first = await filled(t, place);
		const second = await openStore(place.url, place.origin);
		t.teardown(() => second.close());

		t.false(await second.lock());
		await t.throwsAsync(second.append(batchOf(40, 1)), {code: 'STORE_LOCKED'});
		t.is((await second.head()).size, 40);
		await first.close();
		t.true(await second.lock());
		await second.append(batchOf(40, 1));
	});
}
