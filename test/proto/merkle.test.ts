import test from 'ava';
import fc from 'fast-check';
import {
	consistencyRanges,
	emptyRoot,
	foldSubtrees,
	inclusionRanges,
	leafHash,
	nodeHash,
	type Range,
	subtreesOf,
	verifyConsistency,
	verifyInclusion,
} from '../../proto/merkle.ts';

// RFC 6962 §2.1, word by word and slow: the definition that everything else is held against.
function rootByDefinition(leaves: readonly Uint8Array[]): Uint8Array {
	const [first] = leaves;
	if (first === undefined) {
		return emptyRoot();
	}

	if (leaves.length === 1) {
		return first;
	}

	let split = 1;
	while (split * 2 < leaves.length) {
		split *= 2;
	}

	return nodeHash(rootByDefinition(leaves.slice(0, split)), rootByDefinition(leaves.slice(split)));
}

const leavesOf = (size: number): readonly Uint8Array[] =>
	Array.from({length: size}, (_, i) => leafHash(Buffer.from(`leaf ${i}`)));
const leaves = leavesOf(300);
const hashOf = ({from, to}: Range): Uint8Array => rootByDefinition(leaves.slice(from, to));
const flip = (bytes: Uint8Array, bit: number): Uint8Array =>
	bytes.map((byte, i) => (i === (bit >> 3) % bytes.length ? byte ^ (1 << (bit & 7)) : byte));

test('the roots are those that Certificate Transparency publishes for its eight test leaves', t => {
	const inputs = [
		'',
		'00',
		'10',
		'2021',
		'3031',
		'40414243',
		'5051525354555657',
		'606162636465666768696a6b6c6d6e6f',
	];
	const roots = [
		'6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
		'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
		'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
		'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
		'4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
		'76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
		'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
		'5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
	];
	const hashed = inputs.map(input => leafHash(Buffer.from(input, 'hex')));

	for (const [i, root] of roots.entries()) {
		t.is(Buffer.from(rootByDefinition(hashed.slice(0, i + 1))).toString('hex'), root);
	}
});

test('the perfect subtrees of a tree fold to the root of the definition, for every size', t => {
	for (let size = 0; size <= 130; size++) {
		const hashes = subtreesOf({from: 0, to: size}).map(({level, index}) =>
			hashOf({from: index * 2 ** level, to: (index + 1) * 2 ** level}),
		);

		t.deepEqual(foldSubtrees(hashes), hashOf({from: 0, to: size}), `size ${size}`);
	}
});

test('every inclusion proof holds, and none for another position', t => {
	const sizeAndPosition = fc
		.integer({min: 1, max: 300})
		.chain(size => fc.tuple(fc.constant(size), fc.nat({max: size - 1}), fc.nat({max: size - 1})));
	fc.assert(
		fc.property(sizeAndPosition, ([size, position, other]) => {
			const proof = inclusionRanges(position, size).map(hashOf);
			const claim = {
				leaf: leaves[position] ?? emptyRoot(),
				size,
				proof,
				rootHash: hashOf({from: 0, to: size}),
			};

			return (
				verifyInclusion({...claim, position}) &&
				(other === position || !verifyInclusion({...claim, position: other}))
			);
		}),
	);
	t.pass();
});

test('an inclusion proof with any bit flipped, a hash too many or a hash too few is refused', t => {
	const claims = fc
		.integer({min: 2, max: 300})
		.chain(size => fc.tuple(fc.constant(size), fc.nat({max: size - 1}), fc.nat(), fc.nat({max: 255})));
	fc.assert(
		fc.property(claims, ([size, position, which, bit]) => {
			const proof = inclusionRanges(position, size).map(hashOf);
			const rootHash = hashOf({from: 0, to: size});
			const claim = {leaf: leaves[position] ?? emptyRoot(), position, size, proof, rootHash};
			const at = which % proof.length;
			const forged = [
				{...claim, leaf: flip(claim.leaf, bit)},
				{...claim, rootHash: flip(rootHash, bit)},
				{...claim, proof: proof.with(at, flip(proof[at] ?? emptyRoot(), bit))},
				{...claim, proof: proof.slice(1)},
				{...claim, proof: [...proof, emptyRoot()]},
				{...claim, proof: proof.with(at, new Uint8Array(31))},
				{...claim, position: size},
				{...claim, position: -1},
				{...claim, position: 0.5},
			];

			return forged.every(forgery => !verifyInclusion(forgery));
		}),
	);
	t.pass();
});

test('every consistency proof holds, and none with a bit flipped or for a forked tree', t => {
	const claims = fc
		.integer({min: 1, max: 300})
		.chain(second => fc.tuple(fc.nat({max: second}), fc.constant(second), fc.nat(), fc.nat({max: 255})));
	fc.assert(
		fc.property(claims, ([first, second, which, bit]) => {
			const proof = consistencyRanges(first, second).map(hashOf);
			const [firstRoot, secondRoot] = [hashOf({from: 0, to: first}), hashOf({from: 0, to: second})];
			const claim = {first, second, firstRoot, secondRoot, proof};
			const at = which % Math.max(1, proof.length);
			const forged = [
				{...claim, firstRoot: flip(firstRoot, bit)},
				...(first === 0 ? [] : [{...claim, secondRoot: flip(secondRoot, bit)}]),
				...(proof.length === 0
					? []
					: [
							{...claim, proof: proof.with(at, flip(proof[at] ?? emptyRoot(), bit))},
							{...claim, proof: proof.slice(1)},
							{...claim, proof: proof.slice(0, -1)},
						]),
				{...claim, proof: [...proof, emptyRoot()]},
				{...claim, first: second + 1},
			];

			return verifyConsistency(claim) && forged.every(forgery => !verifyConsistency(forgery));
		}),
	);
	t.pass();
});

test('a range that the tree does not have is refused with the numbers', t => {
	t.throws(() => inclusionRanges(5, 5), {code: 'PROTO_BAD_RANGE', message: /5 entries has no position 5/});
	t.throws(() => inclusionRanges(-1, 5), {code: 'PROTO_BAD_RANGE'});
	t.throws(() => inclusionRanges(0, Number.NaN), {code: 'PROTO_BAD_RANGE'});
	t.throws(() => consistencyRanges(6, 5), {code: 'PROTO_BAD_RANGE'});
});

test('sizes beyond 32 bits are proved like small ones', t => {
	const size = 2 ** 33 + 5;
	const ranges = inclusionRanges(2 ** 33, size);

	t.is(ranges.length, 4);
	t.deepEqual(ranges.at(-1), {from: 0, to: 2 ** 33});
	t.deepEqual(subtreesOf({from: 2 ** 33, to: size}), [
		{level: 2, index: 2 ** 31},
		{level: 0, index: 2 ** 33 + 4},
	]);
});
