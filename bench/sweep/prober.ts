import {readFileSync} from 'node:fs';
import {Agent} from 'node:https';
import type {TLSSocket} from 'node:tls';
import {parseArgs} from 'node:util';
import {ask, valuesOf, type Wires} from '../../daemon/probes/ask.ts';
import {type Presented, presentedOn} from '../../daemon/probes/tls/certificate.ts';
import {faultsOf} from '../../daemon/probes/tls/certificate-faults.ts';
import {contextFor} from '../../daemon/probes/tls/trusted-context.ts';
import {openWires} from '../../daemon/probes/wires.ts';
import {AT_ONCE, FIRST_PORT, HEADERS, HOST} from './headers.ts';

// A process of its own, whose processor time is ours alone: asked for a round on standard input, it tells what it took.
// A full handshake for each target and nothing remembered of the last time: certificate, chain, name, dates, six headers.

const {values} = parseArgs({
	options: {address: {type: 'string'}, targets: {type: 'string'}, ca: {type: 'string'}},
});
const trust = [readFileSync(values.ca ?? '', 'utf8')];
const patterns = HEADERS.map(([name, , pattern]) => [name, new RegExp(pattern)] as const);
const presented = new Map<number, Presented>();
const limits = {minDaysLeft: 14, maxLifetimeDays: 366};

const wires: Wires = {...openWires(), ...shared()};

function shared(): Pick<Wires, 'agent' | 'secureContext'> {
	const secureContext = contextFor(trust);
	const agent = new Agent({
		keepAlive: false,
		maxSockets: Number.POSITIVE_INFINITY,
		secureContext,
		maxCachedSessions: 0,
	});
	const connect = agent.createConnection.bind(agent);
	agent.createConnection = (options, done) => {
		const socket = connect(options, done) as TLSSocket; // Of an agent for HTTPS.
		socket.once('secureConnect', () => {
			const found = presentedOn(socket);
			if (found !== undefined) {
				presented.set(Number(options.port), found);
			}
		});
		return socket;
	};
	return {agent, secureContext};
}

async function isGood(port: number, now: Date): Promise<boolean> {
	const place = {protocol: 'https', address: {host: values.address ?? '', port}, name: HOST} as const;
	const answer = await ask(place, {path: '/'}, signal, wires);
	const found = presented.get(port);
	presented.delete(port);
	return (
		found !== undefined &&
		faultsOf(found, HOST, limits, now).length === 0 &&
		patterns.every(([name, pattern]) => valuesOf(answer, name).some(value => pattern.test(value)))
	);
}

// One for all: a signal for each target would cost more than its headers do.
const {signal} = new AbortController();

async function round(): Promise<void> {
	const count = Number(values.targets);
	const began = performance.now();
	const before = process.cpuUsage();
	const now = new Date();
	let next = 0;
	let good = 0;
	const worker = async (): Promise<void> => {
		while (next < count) {
			const port = FIRST_PORT + next++;
			const found = await isGood(port, now).catch(() => false);
			good += found ? 1 : 0;
		}
	};
	await Promise.all(Array.from({length: AT_ONCE}, worker));
	const {user, system} = process.cpuUsage(before);
	const told = {
		good,
		wallMs: performance.now() - began,
		cpuMs: (user + system) / 1000,
		rssMb: process.memoryUsage.rss() / 1e6,
	};
	process.stdout.write(`${JSON.stringify(told)}\n`);
}

for await (const line of process.stdin) {
	if (String(line).trim() === 'end') {
		break;
	}

	await round();
}

process.exit(0);
