import {DaemonError} from '../error.ts';
import {connectEngine, type Engine, type Listed} from './engine.ts';
import type {EngineHost} from './hosts.ts';

const MAX_KNOWN = 16_384;

/** The engines as one, so that whoever asks about a container need not know where it runs. */
export function connectEngines(hosts: readonly EngineHost[]): Engine {
	return composed(hosts.map(host => connectEngine(host)));
}

/** Questions about a container go to the engine that has it; found once, it is remembered. */
export function composed(parts: readonly Engine[]): Engine {
	const [only] = parts;
	if (only !== undefined && parts.length === 1) {
		return only;
	}

	const homes = new Map<string, Engine>();
	const settle = (id: string, part: Engine): void => {
		homes.delete(id);
		homes.set(id, part);
		if (homes.size > MAX_KNOWN) {
			for (const oldest of homes.keys()) {
				homes.delete(oldest);
				break;
			}
		}
	};

	/** The one that had it last is asked first; one that cannot be asked may be the one that has it. */
	async function at<T>(id: string, question: (part: Engine) => Promise<T>): Promise<T> {
		const home = homes.get(id);
		const failures: unknown[] = [];
		for (const part of firstAmong(home, parts)) {
			try {
				const answer = await question(part);
				settle(id, part);
				return answer;
			} catch (error) {
				failures.push(error);
				if (isFinal(error, part === home)) {
					break;
				}
			}
		}

		throw failures.find(error => !isGone(error)) ?? failures[0];
	}

	return {
		name: parts.map(({name}) => name).join(', '),
		address: parts.map(({address}) => address).join(', '),
		sockets: parts.flatMap(({sockets}) => sockets),
		parts,
		homeOf: id => homes.get(id)?.address,
		check: async signal => {
			const [first] = await Promise.all(parts.map(part => part.check(signal)));
			return first ?? {version: ''};
		},
		running: async signal => {
			const all = await Promise.all(
				parts.map(async part => {
					const running = await part.running(signal);
					for (const {id} of running) {
						settle(id, homes.get(id) ?? part);
					}

					return running;
				}),
			);
			return onceEach(all.flat());
		},
		inspect: (id, signal) => at(id, part => part.inspect(id, signal)),
		readFile: (id, path, maxBytes, signal) => at(id, part => part.readFile(id, path, maxBytes, signal)),
		archive: (id, path, signal) => at(id, part => part.archive(id, path, signal)),
		imageConfig: (digest, signal) => at(digest, part => part.imageConfig(digest, signal)),
		changes: (id, signal) => at(id, part => part.changes(id, signal)),
		logs: (id, since, signal) => at(id, part => part.logs(id, since, signal)),
		exec: (id, exec, signal) => at(id, part => part.exec(id, exec, signal)),
		events: () => Promise.reject(new DaemonError('DOCKER_BAD_REPLY', 'Each engine tells its own events')),
		remembered: () =>
			Promise.reject(new DaemonError('DOCKER_BAD_REPLY', 'Each engine remembers its own events')),
	};
}

function onceEach(listed: readonly Listed[]): readonly Listed[] {
	return [...new Map(listed.map(each => [each.id, each])).values()];
}

function firstAmong(home: Engine | undefined, parts: readonly Engine[]): ReadonlySet<Engine> {
	return new Set(home === undefined ? parts : [home, ...parts]);
}

function isGone(error: unknown): boolean {
	return error instanceof DaemonError && error.code === 'TARGET_GONE';
}

/** Its home knows that it is gone; from any other engine that says nothing, and from one that is lost neither. */
function isFinal(error: unknown, isHome: boolean): boolean {
	return isGone(error) ? isHome : !(error instanceof DaemonError && error.code === 'DOCKER_UNREACHABLE');
}
