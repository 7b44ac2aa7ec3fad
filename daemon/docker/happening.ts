import type {Listed} from './engine.ts';
import {isRecord} from './shapes.ts';

/** What happened at an engine: to its containers and images, or to the connection that tells of them. */
export type Happening =
	| Connected
	/** The engine was asked once more what runs: nothing depends on having heard every event. */
	| {readonly kind: 'listed'; readonly engine: string; readonly at: Date; readonly running: readonly Listed[]}
	| Lost
	| Gap
	| ContainerEvent
	| ImageEvent
	| Stray;

interface Connected {
	readonly kind: 'connected';
	readonly engine: string;
	readonly at: Date;
	readonly running: readonly Listed[];
}

interface Lost {
	readonly kind: 'lost';
	readonly engine: string;
	readonly at: Date;
	readonly reason: string;
	/** Lost before, and not back since. */
	readonly again: boolean;
}

/** Events of this stretch may be lost for ever: what ran at its end is known, what came and went within it is not. */
export interface Gap {
	readonly kind: 'gap';
	readonly engine: string;
	readonly from: Date;
	readonly to: Date;
	readonly reason: string;
}

export interface ContainerEvent {
	readonly kind: 'event';
	readonly engine: string;
	readonly at: Date;
	/** The container's. */
	readonly id: string;
	/** Of a closed set. */
	readonly action: ContainerAction;
	/** Empty where the event does not tell, as a network's does not. */
	readonly name: string;
	readonly image: string;
	/** Of a `die`. */
	readonly exitCode?: number;
	/** Of a `kill`; a label of this name overwrites it, by which a container can hide no more than how it ends. */
	readonly signal?: number;
	/** Of a `health_status`. */
	readonly status?: string;
	/** Of an `exec_…`; the command only where it begins. */
	readonly exec?: {readonly id: string; readonly command: string};
	/** Of a `rename`. */
	readonly oldName?: string;
	/** Labels of the container have names of fields, and overwrite them in its events: exit code and exec are not to be believed. */
	readonly forged?: true;
}

export interface ImageEvent {
	readonly kind: 'image';
	readonly engine: string;
	readonly at: Date;
	readonly action: ImageAction;
	/** As the event names it: a digest, or a reference for a pull. */
	readonly id: string;
	readonly name: string;
}

/** A container of which not every source knows: the engine's list, its events, and the kernel's control groups. */
export interface Stray {
	readonly kind: 'stray';
	readonly engine: string;
	readonly at: Date;
	readonly id: string;
	readonly reason: string;
}

const containerActions = [
	'create',
	'start',
	'restart',
	'die',
	'destroy',
	'rename',
	'update',
	'pause',
	'unpause',
	'oom',
	'kill',
	'health_status',
	'exec_create',
	'exec_start',
	'exec_die',
	'connect',
	'disconnect',
] as const;
const imageActions = ['pull', 'load', 'import', 'tag', 'untag', 'delete'] as const;

export type ContainerAction = (typeof containerActions)[number];
export type ImageAction = (typeof imageActions)[number];

/** What is asked of the engine; nothing that we have no use for crosses the socket. */
export const watched = {
	type: ['container', 'network', 'image'],
	event: [...containerActions, ...imageActions],
};

/** One event, with what tells it from every other and from when to go on. */
export interface Told {
	/** Time, subject and action: the engine tells no two events alike. */
	readonly key: string;
	/** Nanoseconds since 1970, which no number holds. */
	readonly nanos: bigint;
	/** Undefined for one that is of no use here. */
	readonly happening: ContainerEvent | ImageEvent | undefined;
}

/** One line of the engine's stream; undefined for what is no event. Everything in it may be written by an enemy. */
export function parseEvent(line: string, engine: string): Told | undefined {
	const nanos = nanosIn(line);
	const event = nanos === undefined ? undefined : parsed(line);
	if (nanos === undefined || !isRecord(event) || !isRecord(event['Actor'])) {
		return;
	}

	const {Type: type, Action: action} = event;
	const {ID: id, Attributes: attributes} = event['Actor'];
	if (typeof type !== 'string' || typeof action !== 'string' || typeof id !== 'string') {
		return;
	}

	const at = new Date(Number(nanos / 1_000_000n));
	const facts = isRecord(attributes) ? attributes : {};
	const [word = '', ...rest] = action.split(': ');
	const news = rest.join(': ');
	return {
		key: `${nanos} ${id.slice(0, 80)} ${type.slice(0, 20)} ${action.slice(0, 80)} ${text(facts['execID'], 64)}`,
		nanos,
		happening:
			type === 'image'
				? imageEvent({engine, at, id, word, facts})
				: containerEvent({engine, at, id: type === 'network' ? facts['container'] : id, word, news, facts}),
	};
}

interface Raw {
	readonly engine: string;
	readonly at: Date;
	readonly word: string;
	readonly facts: Readonly<Record<string, unknown>>;
}

function imageEvent({engine, at, id, word, facts}: Raw & {readonly id: string}): ImageEvent | undefined {
	const action = imageActions.find(each => each === word);
	return action === undefined
		? undefined
		: {kind: 'image', engine, at, action, id: text(id, 256), name: text(facts['name'], 256)};
}

function containerEvent({
	engine,
	at,
	id,
	word,
	news,
	facts,
}: Raw & {readonly id: unknown; readonly news: string}): ContainerEvent | undefined {
	const action = containerActions.find(each => each === word);
	if (action === undefined || typeof id !== 'string' || !/^[0-9a-f]{64}$/.test(id)) {
		return;
	}

	const isOfNetwork = action === 'connect' || action === 'disconnect';
	const about = isOfNetwork ? {} : facts;
	return {
		kind: 'event',
		engine,
		at,
		id,
		action,
		name: text(about['name'], 256),
		image: text(about['image'], 1024),
		...((action === 'create' || action === 'start') && isForged(facts) && {forged: true}),
		...(action === 'die' && exitCodeOf(facts)),
		...(action === 'kill' && signalOf(facts)),
		...(action === 'health_status' && {status: text(news, 20)}),
		...(action.startsWith('exec_') && {exec: {id: text(facts['execID'], 64), command: text(news, 1024)}}),
		...(action === 'rename' && {oldName: text(facts['oldName'], 256).replace(/^\//, '')}),
	};
}

/** A start has neither; where one has, a label wrote it. */
export function isForged(facts: Readonly<Record<string, unknown>>): boolean {
	return Object.hasOwn(facts, 'exitCode') || Object.hasOwn(facts, 'execID');
}

function exitCodeOf({exitCode}: Readonly<Record<string, unknown>>): {readonly exitCode?: number} {
	return typeof exitCode === 'string' && /^\d{1,3}$/.test(exitCode) ? {exitCode: Number(exitCode)} : {};
}

function signalOf({signal}: Readonly<Record<string, unknown>>): {readonly signal?: number} {
	return typeof signal === 'string' && /^\d{1,2}$/.test(signal) ? {signal: Number(signal)} : {};
}

/** Taken from the text, because a number loses the last digits. In a JSON string its quotes would stand behind backslashes. */
function nanosIn(line: string): bigint | undefined {
	const mark = '"timeNano":';
	const at = line.lastIndexOf(mark);
	const digits =
		at < 0 ? undefined : /^\d{1,19}/.exec(line.slice(at + mark.length, at + mark.length + 20))?.[0];
	return digits === undefined ? undefined : BigInt(digits);
}

function parsed(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

function text(value: unknown, max: number): string {
	return typeof value === 'string' ? value.slice(0, max).toWellFormed() : '';
}
