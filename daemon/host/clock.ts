import {createSocket} from 'node:dgram';
import {stat} from 'node:fs/promises';

/** What this host's time service says of the clock. */
export type Clock =
	| {readonly state: 'synchronised'; readonly by: string; readonly offsetMs?: number}
	| {readonly state: 'adrift'; readonly by: string; readonly reason: string; readonly offsetMs?: number}
	| {readonly state: 'unseen'; readonly reason: string};

export interface ClockSources {
	/** systemd-timesyncd touches it at each correction, and takes it away when it ends. */
	readonly marker: string;
	readonly host: string;
	readonly chronyPort: number;
	readonly ntpPort: number;
	readonly now: () => Date;
}

export const usualSources: ClockSources = {
	marker: '/run/systemd/timesync/synchronized',
	host: '127.0.0.1',
	chronyPort: 323,
	ntpPort: 123,
	now: () => new Date(),
};

/** timesyncd corrects at least every 34 minutes; a day without one is a service that no longer hears its servers. */
const STALE_MS = 86_400_000;
/** A time service on this host answers within a millisecond. */
const ANSWER_MS = 400;

/**
 * Whether the host's clock is kept right, by what needs no privileges: a file of systemd-timesyncd, chrony's tracking report,
 * and NTP itself, all on this host. The first that answers is believed; where none does, nothing is known.
 */
export async function readClock(sources: ClockSources = usualSources): Promise<Clock> {
	return (
		(await byTimesyncd(sources)) ??
		(await byChrony(sources)) ??
		(await byNtp(sources)) ?? {
			state: 'unseen',
			reason:
				'no time service of this host can be asked: neither systemd-timesyncd (/run/systemd/timesync), nor chrony (UDP 323) or NTP (UDP 123) on loopback',
		}
	);
}

async function byTimesyncd({marker, now}: ClockSources): Promise<Clock | undefined> {
	const found = await stat(marker).catch(() => undefined);
	if (found === undefined) {
		return undefined;
	}

	const by = 'systemd-timesyncd';
	return now().getTime() - found.mtimeMs > STALE_MS
		? {state: 'adrift', by, reason: `it last heard a server at ${found.mtime.toISOString()}`}
		: {state: 'synchronised', by};
}

/** chrony's monitoring protocol, version 6: a request is as long as its answer, so that nobody can use it to make traffic. */
const CHRONY_BYTES = 104;
const TRACKING = 33;
const TRACKING_ANSWER = 5;
/** RFC 5905, section 7.3: leap indicator 3 is a clock that is not synchronised. */
const UNSYNCHRONISED = 3;

async function byChrony({host, chronyPort}: ClockSources): Promise<Clock | undefined> {
	const request = Buffer.alloc(CHRONY_BYTES);
	request.writeUInt8(6, 0);
	request.writeUInt8(1, 1);
	request.writeUInt16BE(TRACKING, 4);
	const answer = await exchange(request, host, chronyPort);
	if (answer === undefined || answer.length < CHRONY_BYTES || answer.readUInt8(1) !== 2) {
		return undefined;
	}

	if (answer.readUInt16BE(6) !== TRACKING_ANSWER || answer.readUInt16BE(8) !== 0) {
		return undefined;
	}

	// After the header of 28 bytes: reference, address, stratum, leap status, reference time, then the current correction.
	const leap = answer.readUInt16BE(54);
	return judged('chrony', leap, chronyFloat(answer.readUInt32BE(68)) * 1000);
}

/** chrony's own number format: 7 bits of exponent, 25 of coefficient, both in two's complement. */
function chronyFloat(bits: number): number {
	const exponent = bits >> 25;
	const coefficient = (bits << 7) >> 7;
	return coefficient * 2 ** (exponent - 25);
}

async function byNtp({host, ntpPort}: ClockSources): Promise<Clock | undefined> {
	const request = Buffer.alloc(48);
	// Version 4, mode 3: a client.
	request.writeUInt8((4 << 3) | 3, 0);
	const sentAt = Date.now();
	request.writeBigUInt64BE(BigInt(sentAt), 40);
	const answer = await exchange(request, host, ntpPort);
	// Mode 4 is a server; it gives back what we sent, so that nobody else can have answered.
	if (answer === undefined || answer.length < 48 || (answer.readUInt8(0) & 7) !== 4) {
		return undefined;
	}

	return answer.readBigUInt64BE(24) === BigInt(sentAt) ? judged('NTP', answer.readUInt8(0) >> 6) : undefined;
}

/** More than a second off, and times of different hosts can no longer be held against each other. */
const MAX_OFFSET_MS = 1000;

function judged(by: string, leap: number, offsetMs?: number): Clock {
	const seen = {by, ...(offsetMs === undefined ? {} : {offsetMs: Math.round(offsetMs * 1000) / 1000})};
	if (leap === UNSYNCHRONISED) {
		return {state: 'adrift', ...seen, reason: 'it says that the clock is not synchronised'};
	}

	return Math.abs(offsetMs ?? 0) > MAX_OFFSET_MS
		? {state: 'adrift', ...seen, reason: `the clock is ${Math.round(offsetMs ?? 0)} ms off`}
		: {state: 'synchronised', ...seen};
}

/** One datagram there and one back; undefined for silence and for a closed port. */
function exchange(request: Buffer, host: string, port: number): Promise<Buffer | undefined> {
	const {promise, resolve} = Promise.withResolvers<Buffer | undefined>();
	const socket = createSocket('udp4');
	const timer = setTimeout(() => resolve(undefined), ANSWER_MS);
	timer.unref();
	socket.on('error', () => resolve(undefined));
	socket.on('message', message => resolve(message));
	// Connected, so that a closed port is told at once, and only the one asked is heard.
	socket.connect(port, host, () => {
		socket.send(request, error => {
			if (error !== null && error !== undefined) {
				resolve(undefined);
			}
		});
	});
	return promise.finally(() => {
		clearTimeout(timer);
		socket.close();
	});
}
