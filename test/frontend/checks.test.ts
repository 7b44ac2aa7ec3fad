import test from 'ava';
import {checkCases, checkedCases, differences} from '../helpers/check-cases.ts';
import {everyRule, ownWarnings} from '../helpers/own-checks.ts';

const cases = checkCases();
const answers = checkedCases();
const bundle = await everyRule();

test('the kept answers of BuildKit are those to the cases', t => {
	t.deepEqual(
		cases.map(({name}) => name),
		[...answers.keys()],
	);
});

test('what BuildKit warns of, our rules find, and nothing else but what is meant', t => {
	const parted = cases.flatMap(each => {
		const theirs = answers.get(each.name) ?? {warnings: [], isRefused: false};
		return differences(each, theirs, ownWarnings(each, bundle))
			.filter(({side, why}) => side !== 'both' && why === undefined)
			.map(({warning, side}) => `${each.name}: ${warning} ${side}`);
	});
	t.deepEqual(parted, []);
});

test('where we mean to differ, we do', t => {
	const idle = cases.flatMap(each => {
		const theirs = answers.get(each.name) ?? {warnings: [], isRefused: false};
		const all = differences(each, theirs, ownWarnings(each, bundle));
		const parted = new Set(all.filter(({side}) => side !== 'both').map(({warning}) => warning));
		return Object.keys(each.differs)
			.filter(warning => !parted.has(warning))
			.map(warning => `${each.name}: ${warning}`);
	});
	t.deepEqual(idle, []);
});
