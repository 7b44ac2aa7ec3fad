import {isAmong, listIn} from '../params.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';
import {
	configurationOf,
	type Difference,
	differencesOf,
	digestOfConfiguration,
	patchOf,
} from './configuration.ts';

const MAX_TOLD = 32;

/** Compared with what was first seen under the same name, so that a container made anew is no way around. */
export const chgConfigDrift: Probe = async ({target, inside, paramsOf}) => {
	const {environment, remembered} = inside;
	if (remembered === undefined) {
		return [unseen('Nothing is remembered here of how the container was configured before')];
	}

	const params = paramsOf('chg-config-drift');
	const configuration = configurationOf(target, environment, remembered.keyed);
	const digest = digestOfConfiguration(configuration);
	const first = await remembered.firstSeen(target.name, configuration);
	const ignored = listIn(params, 'ignore');
	const found = differencesOf(first.configuration, configuration).filter(({path}) => !isAmong(ignored, path));
	const observed = {configuration: digest, firstSeen: first.at};
	if (listIn(params, 'approved').includes(digest)) {
		return [{result: 'pass', message: 'The configuration is one that the policy approves', observed}];
	}

	return [found.length === 0 ? same(first.at, observed) : drifted(found, observed)];
};

function same(at: string, observed: unknown): ProbeFinding {
	return {
		result: 'pass',
		message: `The configuration is what was first seen on ${at.slice(0, 10)}`,
		observed,
	};
}

function drifted(found: readonly Difference[], observed: Readonly<Record<string, string>>): ProbeFinding {
	const [first, ...more] = found;
	const told = first === undefined ? '' : inWords(first);
	const others = more.length === 0 ? '' : `, and ${more.length} more differ`;
	return {
		result: 'fail',
		message: `${told}${others}; put it back, or approve the configuration ${observed['configuration']} in the policy`,
		observed: {...observed, differences: found.length, patch: found.slice(0, MAX_TOLD).map(patchOf)},
	};
}

function inWords({path, before, after}: Difference): string {
	const name = path.slice(0, 120);
	const quoted = (word: string | undefined): string =>
		word === '' ? 'empty' : JSON.stringify((word ?? '').slice(0, 120));
	if (before === undefined) {
		return `${name} is new: ${quoted(after)}`;
	}

	return after === undefined
		? `${name} is gone; it was ${quoted(before)}`
		: `${name} was ${quoted(before)} and is ${quoted(after)}`;
}
