import {printable} from './printable.ts';
import {type Fields, fieldsOf} from './record-client.ts';

/** What an entry says of people and of what was done: who was told, who took something on, what was contained. Name and value. */
export function toldRows(predicate: Fields): readonly (readonly [name: string, value: string])[] {
	const {notices, acknowledged, deliveries, silenced, undo} = predicate;
	const plainly = NAMES.flatMap(name => rowOf(name, predicate[name]));
	return [
		...plainly,
		...rowOf('notices', countsIn(notices)),
		...rowOf('acknowledged', acknowledgedIn(acknowledged)),
		...listOf(deliveries).flatMap(each => rowOf('told', deliveryIn(each))),
		...listOf(silenced).flatMap(({episode, reason}) =>
			rowOf('silenced', `${wordOf(episode)}: ${wordOf(reason)}`),
		),
		...(Array.isArray(undo) ? undo.flatMap(command => rowOf('undo', command)) : []),
	];
}

const NAMES = ['by', 'reason', 'rule', 'action', 'confirmed', 'actor'] as const;

function rowOf(name: string, value: unknown): readonly (readonly [string, string])[] {
	const word = wordOf(value);
	return word === '' ? [] : [[name, word]];
}

/** In the order in which they are asked for; canonical JSON has its own. */
const COUNTS = ['taken', 'told', 'silenced', 'below', 'repeated', 'dropped'] as const;

function countsIn(value: unknown): string {
	const counts = fieldsOf(value);
	return COUNTS.filter(name => typeof counts[name] === 'number' && counts[name] > 0)
		.map(name => `${wordOf(counts[name])} ${name}`)
		.join(', ');
}

function acknowledgedIn(value: unknown): string {
	const {by, reason, at} = fieldsOf(value);
	return by === undefined ? '' : `by ${wordOf(by)} at ${wordOf(at)}: ${wordOf(reason)}`;
}

function deliveryIn({channel, type, state, kind, episodeCount, answer, providerId}: Fields): string {
	const count = episodeCount === 1 ? '1 episode' : `${wordOf(episodeCount)} episodes`;
	const about = episodeCount === undefined ? wordOf(kind) : `${wordOf(kind)} of ${count}`;
	const said = [answer, providerId].map(wordOf).filter(each => each !== '');
	return [`${wordOf(channel)} (${wordOf(type)})`, about, wordOf(state), ...said].join(', ');
}

function listOf(value: unknown): readonly Fields[] {
	return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function wordOf(value: unknown): string {
	return ['string', 'number', 'boolean'].includes(typeof value) ? printable(String(value)) : '';
}
