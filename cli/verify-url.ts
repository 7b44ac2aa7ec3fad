import {lookup} from 'node:dns/promises';
import {connect, isIP} from 'node:net';
import type {Engine} from '../daemon/docker/engine.ts';
import {DaemonError, reasonOf} from '../daemon/error.ts';
import {question, verdictOf} from '../daemon/judge.ts';
import {subjectOf} from '../daemon/look.ts';
import {headerProbes} from '../daemon/probes/header/index.ts';
import {registry} from '../daemon/probes/index.ts';
import type {Endpoint, Subject} from '../daemon/probes/probe.ts';
import {defaultLimits} from '../daemon/probes/run.ts';
import {tlsProbes} from '../daemon/probes/tls/index.ts';
import type {ControlId} from '../policies/catalogue.ts';
import {digestOf} from '../proto/digest.ts';
import {CliError} from './error.ts';
import {examinedOf, type Verifying} from './verify-container.ts';
import type {Examined} from './verify-examined.ts';

/** What needs nothing but an answer. */
const outside = [...Object.keys(headerProbes), ...Object.keys(tlsProbes)].filter(
	control => control !== 'proxy-tls-key-protected',
) as ControlId[]; // Keys of the registry.

/**
 * Headers and TLS of what answers at a URL that somebody typed. The name is looked up once, and nothing but that address is
 * connected to.
 */
export async function examineUrl(
	{means, rules}: Pick<Verifying, 'means' | 'rules'>,
	text: string,
	signal: AbortSignal,
): Promise<Examined> {
	const {url, endpoint} = await placeOf(text);
	await mustAnswer(endpoint, signal);
	const seen = await subjectOf(STAND_IN, {...means, engine: nobody(url.host)}, signal);
	const subject: Subject = {...seen, endpoints: [endpoint]};
	const startedOn = new Date();
	try {
		const limits = defaultLimits;
		const findings = await question(subject, outside, {registry, limits}, signal);
		const verdict = verdictOf(findings, outside, subject.target.image, rules.bundle, startedOn);
		const examined = examinedOf({subject, verdict, startedOn, finishedOn: new Date()}, rules);
		return {
			...examined,
			what: 'URL',
			name: url.origin,
			details: [addressText(endpoint)],
			notes: notesOf(url),
		};
	} finally {
		subject.close();
	}
}

function notesOf(url: URL): readonly string[] {
	const others = Object.keys(registry).length - outside.length;
	return [
		`Seen from outside: ${others} more controls need the container behind it.`,
		...(url.pathname === '/' && url.search === ''
			? []
			: ['The whole site is looked at, beginning at /; the path is left out.']),
	];
}

async function placeOf(text: string): Promise<{readonly url: URL; readonly endpoint: Endpoint}> {
	const url = URL.parse(text);
	if (url === null || url.hostname === '' || url.username !== '') {
		throw new CliError(
			'CLI_USAGE',
			`${JSON.stringify(text.slice(0, 200))} is not a URL such as https://host:8443/`,
		);
	}

	const name = url.hostname.replace(/^\[|\]$/g, '');
	const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
	const host = await lookup(name).catch((cause: unknown) => {
		throw new CliError('CLI_NO_ANSWER', `${name} has no address: ${reasonOf(cause)}`, {cause});
	});
	return {
		url,
		endpoint: {
			protocol: url.protocol === 'https:' ? 'https' : 'http',
			port,
			address: {host: host.address, port},
			name: isIP(name) === 0 ? name : '',
		},
	};
}

/** A mistyped port is a mistake, and no verdict. */
async function mustAnswer(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
	const {promise, resolve, reject} = Promise.withResolvers<void>();
	const {host = '', port = 0} = endpoint.address ?? {};
	const socket = connect({host, port, signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)])});
	socket.on('connect', () => resolve());
	socket.on('error', reject);
	await promise
		.catch((cause: unknown) => {
			throw new CliError('CLI_NO_ANSWER', `Nothing answers at ${addressText(endpoint)}: ${reasonOf(cause)}`, {
				cause,
			});
		})
		.finally(() => socket.destroy());
}

const CONNECT_MS = 5000;

function addressText({address}: Endpoint): string {
	return address === undefined ? '' : `${address.host} port ${address.port}`;
}

const STAND_IN = '0'.repeat(64);

/** What an engine need not have. */
const OPTIONAL: ReadonlySet<string | symbol> = new Set(['parts', 'homeOf'] satisfies (keyof Engine)[]);

/** An engine that knows of one container, about which nothing is known. */
function nobody(name: string): Engine {
	const absent = (): Promise<never> =>
		Promise.reject(new DaemonError('TARGET_GONE', 'There is no container to be asked'));
	const known: Pick<Engine, 'name' | 'address' | 'sockets' | 'inspect'> = {
		name: 'none',
		address: 'none',
		sockets: [],
		inspect: async () => ({
			Id: STAND_IN,
			Name: `/${name}`,
			Image: digestOf(name),
			State: {Running: true},
			Config: {Image: name},
			HostConfig: {},
			NetworkSettings: {},
		}),
	};
	return new Proxy(known as Engine, {
		get: (engine, key) => (key in known || OPTIONAL.has(key) ? engine[key as keyof typeof known] : absent),
	});
}
