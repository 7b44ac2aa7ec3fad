import {keyNames} from '../../host/keys.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';

const DAY_MS = 86_400_000;
const USUAL_DAYS = 365;

export const evKeyCustody: Probe = async ({host, now, paramsOf}) => {
	if (host.keys === undefined) {
		return [unseen('There is no state folder at hand, and so no key to look at')];
	}

	const keys = await host.keys();
	const missing = keyNames.filter(name => !keys.some(key => key.name === name));
	const asked = paramsOf('ev-key-custody')['days'];
	const days = typeof asked === 'number' && asked > 0 ? asked : USUAL_DAYS;
	const wrong = keys.flatMap(({name, mode, isOurs, writtenAt}): readonly string[] => {
		const age = Math.floor((now.getTime() - writtenAt.getTime()) / DAY_MS);
		return [
			...((mode & 0o077) === 0
				? []
				: [`${name} may be read by others than its owner (mode ${mode.toString(8)}); make a new one`]),
			...(isOurs ? [] : [`${name} belongs to another user than the daemon's`]),
			...(age > days ? [`${name} is ${age} days old, and a key is used for at most ${days}`] : []),
		];
	});
	const observed = {
		keys: keys.map(({name, mode, writtenAt}) => ({
			name,
			mode: mode.toString(8),
			writtenAt: writtenAt.toISOString(),
		})),
	};
	const found: readonly ProbeFinding[] = wrong.map(message => ({result: 'fail', message}));
	if (found.length > 0) {
		return found.map((each, index) => (index === 0 ? {...each, observed} : each));
	}

	return missing.length === 0
		? [{result: 'pass', message: "The signing keys are the daemon's alone, and not too old", observed}]
		: [unseen(`Of ${missing.join(' and ')} there is no file in the state folder`, observed)];
};
