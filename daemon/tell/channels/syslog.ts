import {createSocket} from 'node:dgram';
import {lookup} from 'node:dns/promises';
import {connect, isIPv6, type NetConnectOpts} from 'node:net';
import {type Channel, TellError} from '../channel.ts';
import {distinct, linesOf, type Message, nameOf, severityOf, titleOf} from '../message.ts';
import {plain} from '../plain.ts';

export interface SyslogSettings {
	readonly address:
		| {readonly over: 'udp' | 'tcp'; readonly host: string; readonly port: number}
		| {readonly over: 'unix'; readonly path: string};
	readonly facility: Facility;
}

/** Of RFC 5424, those that fit. */
export const facilities = {
	daemon: 3,
	authpriv: 10,
	local0: 16,
	local1: 17,
	local2: 18,
	local3: 19,
	local4: 20,
	local5: 21,
	local6: 22,
	local7: 23,
} as const;

type Facility = keyof typeof facilities;

const TIMEOUT_MS = 10_000;
/** What every receiver takes (RFC 5424, 6.1; RFC 5426, 3.2), and what those take that count octets. */
const MOST_BYTES = {udp: 2048, tcp: 8192, unix: 8192} as const;

/** RFC 5424: one line for a message, whoever much it tells of. Nobody answers in this protocol, so it is sent and no more. */
export function syslog({address, facility}: SyslogSettings, instance: string): Channel {
	const {over} = address;
	return {
		target: targetOf(address),
		send: async (message, outer) => {
			const signal = AbortSignal.any([outer, AbortSignal.timeout(TIMEOUT_MS)]);
			const line = syslogLine(message, {facility, instance, most: MOST_BYTES[over]});
			try {
				await (address.over === 'udp'
					? sendDatagram(line, address, signal)
					: sendFramed(line, placeOf(address), signal));
			} catch (cause) {
				const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no connection in time';
				throw new TellError(`not sent: ${plain(code, 60)}`, {cause});
			}

			return {state: 'sent'};
		},
	};
}

function targetOf(address: SyslogSettings['address']): string {
	if (address.over === 'unix') {
		return `unix:${address.path}`;
	}

	const {over, host, port} = address;
	return `${over}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** `<PRI>1 time host app pid msgid [data] text`. Our text is UTF-8 and says so by its first three bytes, as 6.4 wants. */
export function syslogLine(
	message: Message,
	{facility, instance, most}: {readonly facility: Facility; readonly instance: string; readonly most: number},
): Uint8Array {
	const priority = facilities[facility] * 8 + urgencyOf(message);
	const host = instance.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 255) || '-';
	const head = `<${priority}>1 ${message.at.toISOString()} ${host} sallyport ${process.pid} ${message.kind}`;
	const data = dataOf(message);
	const text = [titleOf(message), ...linesOf(message)].map(line => plain(line, 1000)).join('; ');
	return cut(Buffer.from(`${head} ${data} \uFEFF${text}`), most);
}

const urgencies = {critical: 2, high: 3, medium: 4, low: 5} as const;
const NOTICE = 5;

function urgencyOf(message: Message): number {
	const {kind} = message;
	const severity = severityOf(message);
	if (kind === 'test' || kind === 'closed' || kind === 'acknowledged' || severity === undefined) {
		return kind === 'record' ? 2 : kind === 'gap' ? 4 : NOTICE;
	}

	return urgencies[severity];
}

/** Values of structured data. There is no number of ours among the enterprises, so the one for examples stands. */
function dataOf(message: Message): string {
	const {id, kind, episodes} = message;
	const values = {
		message: id,
		kind,
		severity: severityOf(message) ?? '',
		episodes: String(episodes.length),
		controls: listed(episodes.map(({control}) => control)),
		containers: listed(episodes.map(nameOf)),
	};
	const written = Object.entries(values)
		.filter(([, value]) => value !== '')
		.map(([name, value]) => ` ${name}="${escaped(value)}"`);
	return `[sallyport@32473${written.join('')}]`;
}

function listed(texts: readonly string[]): string {
	const all = distinct(texts);
	const named = all.slice(0, 5).join(',');
	return all.length > 5 ? `${named},+${all.length - 5}` : named;
}

/** 6.3.3: these three would end the value or the element. */
function escaped(value: string): string {
	return value.replaceAll(/["\\\]]/g, found => `\\${found}`);
}

/** At a character's border: half of one is no UTF-8. */
function cut(bytes: Buffer, most: number): Uint8Array {
	let end = Math.min(bytes.length, most);
	while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) {
		end -= 1;
	}

	return bytes.subarray(0, end);
}

type Inet = Extract<SyslogSettings['address'], {readonly port: number}>;

async function sendDatagram(line: Uint8Array, {host, port}: Inet, signal: AbortSignal): Promise<void> {
	const {address} = await lookup(host);
	signal.throwIfAborted();
	const socket = createSocket({type: isIPv6(address) ? 'udp6' : 'udp4', signal});
	try {
		await new Promise<void>((resolve, reject) => {
			socket.once('error', reject);
			socket.send(line, port, address, error => (error === null ? resolve() : reject(error)));
		});
	} finally {
		if (!signal.aborted) {
			socket.close();
		}
	}
}

function placeOf(address: SyslogSettings['address']): NetConnectOpts {
	return address.over === 'unix' ? {path: address.path} : {host: address.host, port: address.port};
}

/** RFC 6587, 3.4.1: its length stands before it, so nothing in it can begin another one. */
function sendFramed(line: Uint8Array, place: NetConnectOpts, signal: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		const socket = connect({...place});
		const stop = (): void => {
			socket.destroy(new Error('no connection in time'));
		};
		signal.addEventListener('abort', stop, {once: true});
		socket.once('error', reject);
		socket.once('close', () => {
			signal.removeEventListener('abort', stop);
			resolve();
		});
		// A receiver closes when we do; what it says until then is of no interest.
		socket.resume();
		socket.end(Buffer.concat([Buffer.from(`${line.length} `), line]));
		socket.setTimeout(2000, () => socket.destroy());
	});
}
