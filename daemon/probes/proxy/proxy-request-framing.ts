import {onCanary, reachedIn, statusesIn} from '../canary.ts';
import {type Ambiguous, ambiguousRequests} from './ambiguous.ts';

/** At a time; each has a connection of its own. */
const AT_ONCE = 4;

/** Says what two readers may understand differently, each on a connection of its own. None of it may reach what is behind. */
export const proxyRequestFraming = onCanary(async (canary, _proxy, {rude}, signal) =>
	rude.alone(async () => {
		const asked = ambiguousRequests(canary);
		const heard: {readonly name: string; readonly status: number; readonly reached: number}[] = [];
		for (let at = 0; at < asked.length; at += AT_ONCE) {
			const some = asked
				.slice(at, at + AT_ONCE)
				.map(async ({name, text, alpn = 'http/1.1', isClear}: Ambiguous) => {
					const said = await rude.say(
						canary.endpoint,
						{pieces: [{text}], quietMs: 150, mostMs: 1000, alpn},
						signal,
					);
					const reached = isClear?.(said) === true ? 0 : reachedIn(said.text);
					return {name, status: statusesIn(said.text)[0] ?? 0, reached};
				});
			heard.push(...(await Promise.all(some)));
		}

		const through = heard.filter(({reached}) => reached > 0);
		const observed = Object.fromEntries(heard.map(({name, status}) => [name, status]));
		return [
			through.length === 0
				? {
						result: 'pass',
						message: `None of ${heard.length} requests that could be understood in two ways came through`,
						observed,
					}
				: {
						result: 'fail',
						message: `What two readers may understand differently came through: ${through.map(({name}) => name).join('; ')}`,
						observed,
					},
		];
	}),
);
