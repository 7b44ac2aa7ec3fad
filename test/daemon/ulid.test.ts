import test from 'ava';
import {isUlid, ulids} from '../../daemon/log/ulid.ts';

test('a ULID is the time in ten digits and chance in sixteen', t => {
	const next = ulids();
	// The example of the ULID specification.
	t.is(next(new Date(1_469_918_176_385)).slice(0, 10), '01ARYZ6S41');
	t.is(next(new Date(0)).slice(0, 10), '0000000000');
	t.is(next(new Date(2 ** 48 - 1)).slice(0, 10), '7ZZZZZZZZZ');
});

test('ids differ, are well formed, and sort by their time', t => {
	const next = ulids();
	const ids = Array.from({length: 1000}, (_, i) => next(new Date(1_700_000_000_000 + i)));

	t.is(new Set(ids.map(id => id.slice(10))).size, 1000);
	t.true(ids.every(isUlid));
	t.deepEqual(ids.toSorted(), ids);
	t.false(isUlid('81ARYZ6S410000000000000000'));
	t.false(isUlid('01ARYZ6S41000000000000000I'));
});
