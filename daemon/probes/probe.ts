import type {ControlId} from '../../policies/catalogue.ts';
import type {Finding} from '../../policies/finding.ts';
import type {Setting} from '../../policies/setting.ts';
import type {ProxyContract} from '../../proto/contract.ts';
import type {FileFacts} from '../docker/file-facts.ts';
import type {Past} from '../docker/past.ts';
import type {Listening, Process, Seen} from '../docker/processes.ts';
import type {Promised} from '../docker/promise.ts';
import type {Remote} from '../docker/remotes.ts';
import type {Replica} from '../docker/replicas.ts';
import type {Population} from '../docker/roster.ts';
import type {Target} from '../docker/target.ts';
import type {Episode} from '../episode.ts';
import type {PeopleView} from '../host/people.ts';
import type {HostView} from '../host/view.ts';
import type {Answer, Asked} from './ask.ts';
import type {Inside} from './inside.ts';
import type {LogLines} from './log-lines.ts';
import type {Pages} from './pages.ts';
import type {Rude} from './rude.ts';
import type {TlsScan} from './tls/scan.ts';
import type {Usual} from './usual.ts';
import type {Visit} from './visit.ts';

/** What a probe says. The control is the probe's own name, so it cannot speak for another. */
export type ProbeFinding = Omit<Finding, 'control' | 'place'>;

/** A listener of the container, and the address at which it was reached, if it was. */
export interface Endpoint {
	/** `redirect` is plain HTTP that promises nothing but a redirect to HTTPS; `http` is an application without TLS. */
	readonly protocol: 'https' | 'http' | 'redirect';
	/** As the contract names it, inside the container. */
	readonly port: number;
	readonly address: {readonly host: string; readonly port: number} | undefined;
	/** The name asked for, in SNI and Host; empty when the contract answers to any. */
	readonly name: string;
}

/** What a probe can look at. Functions look when called; each looks once however many probes ask. */
export interface Subject {
	readonly target: Target;
	readonly promised: Promised;
	readonly endpoints: readonly Endpoint[];
	readonly now: Date;
	/** Sockets of the engines that are asked, besides the usual ones. */
	readonly engineSockets: readonly string[];
	readonly processes: () => Promise<Seen<Process>>;
	readonly listening: () => Promise<Seen<Listening>>;
	/** Digest of the proxy's configuration as it lies in the container now; undefined when it cannot be read. */
	readonly configDigest: () => Promise<string | undefined>;
	readonly inside: Inside;
	readonly ask: (endpoint: Endpoint, asked: Asked, signal: AbortSignal) => Promise<Answer>;
	/** What the endpoint says when it is visited like a site; asked once, however many probes read it. Never throws. */
	readonly pages: (endpoint: Endpoint) => Promise<Pages>;
	/** What the TLS of an endpoint shows; each question is put once, however many probes ask. */
	readonly scan: (endpoint: Endpoint) => TlsScan;
	/**
	 * How a file lies in the container, links followed; undefined when there is none, `hidden` where it lies out of sight. Its
	 * content is not looked at.
	 */
	readonly fileFacts: (path: string) => Promise<FileFacts | 'hidden' | undefined>;
	/** For what no client library would say; each container gets little of it in one look. */
	readonly rude: Rude;
	/** A marked visit of the canary and the application, and what was written of it; made once, however many probes read it. */
	readonly visit: (endpoint: Endpoint) => Promise<Visit>;
	/** Whom the container talks to at this moment. */
	readonly remotes: () => Promise<Seen<Remote>>;
	/** What the image was seen to do on its first day; undefined where nothing outlives the look. */
	readonly usual: Usual | undefined;
	/** What the container writes from `since` on, until the probe has seen enough. */
	readonly lines: (since: Date, signal: AbortSignal) => LogLines;
	/** Undefined where no log is at hand. */
	readonly record: RecordView | undefined;
	/** Closes what the look had open. */
	readonly close: () => void;
	/** PEM certificates that count as trusted, besides the usual ones. */
	readonly trust: readonly string[];
	/** What is the same for every container of this host. */
	readonly host: HostView;
	/** What the policy tells the probe of a control; each reads its own, and refuses nothing. */
	readonly paramsOf: (control: ControlId) => Setting['params'];
	/** Signatures of release jobs for the image, newest first; undefined where no key is trusted to make any. */
	readonly releases: (() => Promise<readonly Release[]>) | undefined;
	/** Episodes of this container, open ones and those that were closed lately; undefined where nobody keeps them. */
	readonly episodes: readonly Episode[] | undefined;
	/** Who is told of what fails here, and what is done about it; undefined where nobody is. */
	readonly people: PeopleView | undefined;
	/** What independent sources say is running on this host; undefined where nobody compares them. */
	readonly population: Population | undefined;
	/** What events told of this container; undefined where nobody listens to them. */
	readonly past: Past | undefined;
	/** Running containers of the same service, this one among them; none where it belongs to no service. */
	readonly replicas: () => Promise<Seen<Replica>>;
}

/** What a build attestation says of an image. */
export interface Attested {
	readonly verdict: string;
	/** It was built although findings stop it, for what this ticket says. */
	readonly ticket?: string;
	/** It is built from one that was, for what this ticket says. */
	readonly baseTicket?: string;
	/** The policy of the build: how the question whether it was approved then was answered, and who had approved it. */
	readonly policy?: {readonly name: string; readonly result: string; readonly by: readonly string[]};
}

/** A release job's signature under a build attestation of an image, by a key that is trusted for that. */
export interface Release extends Attested {
	/** As the trust file names the key. */
	readonly key: string;
	readonly person: string;
}

/** What the daemon's own log says; the log is asked, never trusted to be complete. */
export interface RecordView {
	/** The newest build attestation of an image; undefined when there is none. */
	readonly buildOf: (digest: string) => Promise<Attested | undefined>;
	/** Stretches of the last 24 hours in which nobody looked; undefined before the first coverage statement. */
	readonly gaps: () => Promise<
		readonly {readonly from: string; readonly to: string; readonly reason: string}[] | undefined
	>;
}

/**
 * Answers one run-time control by looking at one container. What it finds is a value; it throws only when it could not
 * look, which becomes `error` and is never a pass. It MUST stop when the signal says so, and MUST NOT change anything.
 * An empty answer counts as `error` too: silence is no evidence.
 */
export type Probe = (subject: Subject, signal: AbortSignal) => Promise<readonly ProbeFinding[]>;

/**
 * How long an answer stays good; then the question is due again. A start asks everything, an event what it can have changed.
 * `configuration`: what the engine and the kernel say, every five minutes. `light`: one or two exchanges, every fifteen.
 * `thorough`: many exchanges or a look through files, every hour. `rare`: floods, enumerations and rudeness, once a day.
 */
export type Pace = 'configuration' | 'light' | 'thorough' | 'rare';

/**
 * Something bad on purpose: the probe MUST fail it, or nothing it says about others counts. Bound to loopback, made for one
 * question, closed afterwards.
 */
export type Worst = (
	signal: AbortSignal,
) => Promise<{readonly subject: Subject; readonly close: () => Promise<void>}>;

/** One line of a registry. Without `worst`, the worst container there can be (`worst/container.ts`) is held against the probe. */
export interface Registered {
	readonly probe: Probe;
	readonly pace: Pace;
	/** How long the probe may take where that is longer than what probes have together. */
	readonly patienceMs?: number;
	readonly worst?: Worst;
	/** Why nothing can be bad for it. Such a probe never says `pass`, so believing it costs nothing. */
	readonly neverPasses?: string;
}

/** A probe of what the contract promises about the proxy: without a believable promise there is nothing to hold it to. */
export function ofProxy(
	look: (proxy: ProxyContract, subject: Subject, signal: AbortSignal) => Promise<readonly ProbeFinding[]>,
): Probe {
	return async (subject, signal) => {
		const {promised} = subject;
		if (promised.state !== 'kept') {
			return [unseen(`There is no contract to hold the proxy to: ${promised.reason}`)];
		}

		const {proxy} = promised.contract;
		return proxy === undefined
			? [{result: 'not-applicable', message: 'The image promises no listener, and so has no proxy'}]
			: look(proxy, subject, signal);
	};
}

/** Looks at every endpoint of a kind; one that could not be reached is `not-evaluated`. */
export async function eachEndpoint(
	{endpoints}: Subject,
	protocol: Endpoint['protocol'],
	look: (endpoint: Endpoint) => Promise<readonly ProbeFinding[]>,
): Promise<readonly ProbeFinding[]> {
	const found = await Promise.all(
		endpoints
			.filter(endpoint => endpoint.protocol === protocol)
			.map(endpoint => (endpoint.address === undefined ? [unreached(endpoint)] : look(endpoint))),
	);
	return found.flat();
}

/** Of a listener that nobody could connect to. Port 0 stands for those that nobody could look for. */
export function unreached({port}: Pick<Endpoint, 'port'>): ProbeFinding {
	return unseen(
		port === 0
			? 'What the container listens on cannot be seen, or not yet'
			: `Port ${port} did not accept a connection, so nothing is known about it`,
	);
}

/** The finding of a probe that could not look, and knows why. */
export function unseen(message: string, observed?: unknown): ProbeFinding {
	return {result: 'not-evaluated', message, ...(observed !== undefined && {observed})};
}
