import {X509Certificate} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {reasonOf} from '../error.ts';
import type {Channel, Minimum} from './channel.ts';
import {type ChannelKinds, type ChannelType, channelKinds} from './channels/index.ts';
import {facilities} from './channels/syslog.ts';
import type {Pacing} from './desk.ts';
import {
	entryItems,
	type Item,
	listItem,
	mapItem,
	momentItem,
	numberItem,
	openKey,
	refuseItem,
	textItem,
	wordItem,
} from './door.ts';
import type {Silence} from './silence.ts';
import {tellingUrl} from './url.ts';

/** Who is told what, and how. */
export interface AlertSettings {
	/** This host's name in messages. */
	readonly instance: string;
	readonly pacing: Pacing;
	/** How long a message is tried. */
	readonly deadlineMs: number;
	readonly channels: readonly NamedChannel[];
	readonly silences: readonly Silence[];
}

/** A channel as the configuration names it. */
export interface NamedChannel {
	readonly name: string;
	readonly type: ChannelType;
	readonly minimum: Minimum;
	readonly channel: Channel;
}

const MOST_CHANNELS = 16;
const MOST_SILENCES = 200;
/** Notices that wait, and episodes that are remembered. */
const MOST_NOTICES = 20_000;

const usual: AlertSettings = {
	instance: hostname(),
	pacing: {waitMs: 10_000, pauseMs: 60_000, remindMs: 24 * 3_600_000, most: MOST_NOTICES},
	deadlineMs: 900_000,
	channels: [],
	silences: [],
};

/**
 * The key `alerts` of the daemon's configuration; undefined without it. What names secrets is looked at here, too: a channel that
 * could never tell anything is a mistake of today.
 * @throws {DaemonError} CONFIG_INVALID, one sentence that begins with file:line:column
 */
export function readAlerts(text: string, file: string): AlertSettings | undefined {
	const item = openKey(text, file, 'alerts');
	if (item === undefined) {
		return undefined;
	}

	const {instance, wait, pause, remind, deadline, channels, silences} = mapItem(item, [
		'instance',
		'wait',
		'pause',
		'remind',
		'deadline',
		'channels',
		'silences',
	]);
	const name = instance === undefined ? usual.instance : textItem(instance, INSTANCE);
	const {pacing} = usual;
	return {
		instance: name,
		pacing: {
			...pacing,
			waitMs: secondsIn(wait, 0, 600) ?? pacing.waitMs,
			pauseMs: secondsIn(pause, 0, 86_400) ?? pacing.pauseMs,
			remindMs: secondsIn(remind, 0, 31 * 86_400) ?? pacing.remindMs,
		},
		deadlineMs: secondsIn(deadline, 10, 86_400) ?? usual.deadlineMs,
		channels: channels === undefined ? [] : channelsIn(channels, name),
		silences: silences === undefined ? [] : listItem(silences, MOST_SILENCES).map(silenceIn),
	};
}

/** For people: which channels there are, without anything secret. */
export function channelList({channels}: Pick<AlertSettings, 'channels'>): readonly {
	readonly name: string;
	readonly type: string;
	readonly target: string;
}[] {
	return channels.map(({name, type, channel}) => ({name, type, target: channel.target}));
}

const INSTANCE = {pattern: /^[\x21-\x7e]{1,255}$/, is: "is this host's name, without spaces"};

function secondsIn(item: Item | undefined, min: number, max: number): number | undefined {
	return item === undefined ? undefined : numberItem(item, min, max) * 1000;
}

function channelsIn(item: Item, instance: string): readonly NamedChannel[] {
	const entries = entryItems(item);
	if (entries.length > MOST_CHANNELS) {
		refuseItem(item, `has more than ${MOST_CHANNELS} channels`);
	}

	return entries.map(([name, at]) => {
		if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) {
			refuseItem(at, 'is no name of a channel: lower case, digits and hyphens, such as on-call');
		}

		return channelIn(at, name, instance);
	});
}

function channelIn(item: Item, name: string, instance: string): NamedChannel {
	const type = entryItems(item).find(([key]) => key === 'type')?.[1] ?? refuseItem(item, 'has no type');
	const known = wordItem(type, ['webhook', 'slack', 'alertmanager', 'syslog']);
	const {minimum, channel} = readers[known](item, instance);
	return {name, type: known, minimum, channel};
}

type Read = Pick<NamedChannel, 'minimum' | 'channel'>;

const readers: {readonly [Type in ChannelType]: (item: Item, instance: string) => Read} = {
	webhook: (item, instance) => {
		const at = mapItem(item, ['type', 'minimum', 'url', 'secret-file', 'ca-file']);
		const settings = {
			url: urlIn(needed(at.url, item, 'url')),
			secretFile: pathIn(needed(at['secret-file'], item, 'secret-file')),
			caFile: authoritiesIn(at['ca-file']),
		};
		return opened(at, 'webhook', settings, {item, instance});
	},
	slack: (item, instance) => {
		const at = mapItem(item, ['type', 'minimum', 'url-file', 'ca-file']);
		const settings = {
			urlFile: pathIn(needed(at['url-file'], item, 'url-file')),
			caFile: authoritiesIn(at['ca-file']),
		};
		return opened(at, 'slack', settings, {item, instance});
	},
	alertmanager: (item, instance) => {
		const at = mapItem(item, ['type', 'minimum', 'url', 'token-file', 'ca-file']);
		const settings = {
			url: urlIn(needed(at.url, item, 'url'), true),
			tokenFile: optionalPath(at['token-file']),
			caFile: authoritiesIn(at['ca-file']),
		};
		return opened(at, 'alertmanager', settings, {item, instance});
	},
	syslog: (item, instance) => {
		const at = mapItem(item, ['type', 'minimum', 'address', 'facility']);
		const names = Object.keys(facilities) as (keyof typeof facilities)[]; // The table's own keys.
		const settings = {
			address: addressIn(needed(at.address, item, 'address')),
			facility: at.facility === undefined ? 'daemon' : wordItem(at.facility, names),
		} as const;
		return opened(at, 'syslog', settings, {item, instance});
	},
};

/** What only the channel can tell of its settings, such as a secret that is none, is told at the channel's place. */
function opened<Type extends ChannelType>(
	at: {readonly minimum: Item | undefined},
	type: Type,
	settings: ChannelKinds[Type],
	{item, instance}: {readonly item: Item; readonly instance: string},
): Read {
	const minimum = minimumIn(at.minimum);
	try {
		return {minimum, channel: channelKinds[type](settings, instance)};
	} catch (error) {
		return refuseItem(item, `cannot be used. ${reasonOf(error)}`);
	}
}

function minimumIn(item: Item | undefined): Minimum {
	if (item === undefined) {
		return {level: 'warn', severity: 'low'};
	}

	const {level, severity} = mapItem(item, ['level', 'severity']);
	return {
		level: level === undefined ? 'warn' : wordItem(level, ['warn', 'error']),
		severity: severity === undefined ? 'low' : wordItem(severity, ['critical', 'high', 'medium', 'low']),
	};
}

function needed(item: Item | undefined, holder: Item, key: string): Item {
	return item ?? refuseItem(holder, `has no ${key}`);
}

function urlIn(item: Item, isPlainAllowed = false): URL {
	const url = tellingUrl(
		textItem(item, {is: 'is an address such as https://alerts.example.org/in'}),
		isPlainAllowed,
	);
	return typeof url === 'string' ? refuseItem(item, url) : url;
}

function pathIn(item: Item): string {
	return textItem(item, {pattern: /^\//, is: 'is the absolute path of a file'});
}

function optionalPath(item: Item | undefined): string | undefined {
	return item === undefined ? undefined : pathIn(item);
}

/** Looked at now: a file that is not there would be found out with the first alert. */
function authoritiesIn(item: Item | undefined): string | undefined {
	const path = optionalPath(item);
	if (item === undefined || path === undefined) {
		return undefined;
	}

	try {
		new X509Certificate(readFileSync(path));
		return path;
	} catch {
		return refuseItem(item, 'names no file of PEM certificates that can be read');
	}
}

function addressIn(item: Item): ChannelKinds['syslog']['address'] {
	const is = 'is udp://host:port, tcp://host:port or unix:///path';
	const text = textItem(item, {is});
	const path = /^unix:\/\/(\/.{1,100})$/.exec(text)?.[1];
	if (path !== undefined) {
		return {over: 'unix', path};
	}

	const [, over, host = '', digits] =
		/^(udp|tcp):\/\/([^\s/:]{1,253}|\[[0-9a-fA-F:]{2,45}\]):(\d{1,5})$/.exec(text) ?? [];
	const port = Number(digits);
	return (over === 'udp' || over === 'tcp') && port > 0 && port <= 65_535
		? {over, host: host.replace(/^\[|\]$/g, ''), port}
		: refuseItem(item, is);
}

const GLOB = {pattern: /^\S+$/, is: 'is a name in which * stands for anything', most: 200};

function silenceIn(item: Item): Silence {
	const at = mapItem(item, ['container', 'image', 'control', 'from', 'until', 'reason']);
	const {container, image, control} = at;
	if (container === undefined && image === undefined && control === undefined) {
		refuseItem(item, 'covers nothing: name a container, an image or a control');
	}

	return {
		...(container && {container: textItem(container, GLOB)}),
		...(image && {image: textItem(image, GLOB)}),
		...(control && {control: textItem(control, GLOB)}),
		from: at.from === undefined ? new Date(0) : momentItem(at.from),
		until: momentItem(needed(at.until, item, 'until: a silence has an end')),
		reason: textItem(needed(at.reason, item, 'reason'), {is: 'is a sentence that says why'}),
	};
}
