import {isDigest} from '../../proto/digest.ts';
import type {Engine} from './engine.ts';
import {type ContainerEvent, type Happening, isForged} from './happening.ts';
import type {Ended, Exec, Past} from './past.ts';
import {isRecord} from './shapes.ts';
import type {Target} from './target.ts';

/** Keeps what events told, for every container of which any was heard. */
export interface PastBook {
	/** False for what is no news to anybody else: the engine's own health checks are execs too, without end. */
	readonly take: (happening: Happening) => boolean;
	readonly of: (id: string) => Past | undefined;
	/** What a look saw: by its health check the engine's own execs are known. */
	readonly know: (target: Pick<Target, 'id' | 'healthCommand'>) => void;
}

interface Entry {
	past: Past;
	engine: string;
	forged: boolean;
	/** A look saw it. */
	isKnown: boolean;
	healthCommand: string | undefined;
	/** When somebody last asked the engine to stop or kill it. */
	askedAt: number;
	/** When somebody first asked it to end since it started, with a signal that it can answer. */
	politelyAt: number | undefined;
	/** Whole commands, until it is known which is the health check's. They may hold secrets, and never leave this file. */
	readonly commands: Map<string, string>;
}

const MAX_CONTAINERS = 8192;
/** Of each kind of event of one container. */
const MAX_EVENTS = 128;
/** A patient stop; an end within this time after being asked to is no crash. */
const STOP_MS = 600_000;
/** Questions about execs that may wait at the engine; what comes on top stays unknown. */
const MAX_QUESTIONS = 32;

/** @param engine asked for user and privilege of each exec; without, they stay unknown */
export function openPasts(
	engine: Pick<Engine, 'exec' | 'imageConfig'> | undefined,
	signal: AbortSignal,
): PastBook {
	const entries = new Map<string, Entry>();
	let asking = 0;

	function entryOf(id: string, from: Pick<ContainerEvent, 'engine' | 'at' | 'name' | 'image'>): Entry {
		const known = entries.get(id);
		if (known !== undefined) {
			return known;
		}

		const entry: Entry = {
			past: {...nothing, since: from.at, name: from.name, image: from.image},
			engine: from.engine,
			forged: false,
			isKnown: false,
			healthCommand: undefined,
			askedAt: Number.NEGATIVE_INFINITY,
			politelyAt: undefined,
			commands: new Map(),
		};
		entries.set(id, entry);
		if (entries.size > MAX_CONTAINERS) {
			for (const oldest of entries.keys()) {
				entries.delete(oldest);
				break;
			}
		}

		return entry;
	}

	/** Adds to one of the lists; the oldest makes room. */
	function add<K extends 'starts' | 'ends' | 'ooms' | 'execs' | 'health'>(
		entry: Entry,
		kind: K,
		item: Past[K][number],
	): void {
		const list = [...entry.past[kind], item];
		const dropped = Math.max(0, list.length - MAX_EVENTS);
		entry.past = {
			...entry.past,
			[kind]: list.slice(dropped),
			dropped: entry.past.dropped + dropped,
		};
	}

	function listed({running, engine, at}: Extract<Happening, {readonly running: unknown}>): void {
		for (const {id, name, image, labels, health} of running) {
			const isNew = !entries.has(id);
			const entry = entryOf(id, {engine, at, name, image});
			entry.past = {...entry.past, name, image};
			entry.forged ||= isForged(labels);
			if (isNew && health !== undefined) {
				add(entry, 'health', {at, status: health});
			}
		}
	}

	function execCreated(entry: Entry, {id, at, exec}: ContainerEvent): void {
		if (exec === undefined) {
			return;
		}

		const known = entry.past.execs.some(each => each.id === exec.id);
		if (!known || entry.forged) {
			const word = (exec.command.split(' ', 1)[0] ?? '').slice(0, 64);
			add(entry, 'execs', {at, id: exec.id, word, user: undefined, privileged: undefined});
			entry.commands.set(exec.id, exec.command.trim());
			if (!entry.forged && /^[0-9a-f]{64}$/.test(exec.id)) {
				void question(async asked => answered(id, exec.id, await asked.exec(id, exec.id, signal)));
			}
		}
	}

	/** Asked at once: the engine forgets an exec some minutes after its end, and a name may soon stand for another image. */
	async function question(ask: (asked: NonNullable<typeof engine>) => Promise<void>): Promise<void> {
		if (engine === undefined || asking >= MAX_QUESTIONS) {
			return;
		}

		asking += 1;
		try {
			await ask(engine);
		} catch {
			// Gone with its container, or not to be asked: it stays unknown, and whoever judges it says so.
		} finally {
			asking -= 1;
		}
	}

	/** It ended before anybody looked, and perhaps nobody can any more. */
	function imageOf(id: string, reference: string): void {
		void question(async asked => {
			const answer = await asked.imageConfig(reference, signal);
			const entry = entries.get(id);
			const digest = isRecord(answer) ? answer['Id'] : undefined;
			if (entry !== undefined && isDigest(digest)) {
				entry.past = {...entry.past, imageDigest: digest};
			}
		});
	}

	function answered(id: string, exec: string, answer: unknown): void {
		const entry = entries.get(id);
		const process = isRecord(answer) && answer['ContainerID'] === id ? answer['ProcessConfig'] : undefined;
		if (entry === undefined || !isRecord(process)) {
			return;
		}

		const {user = '', privileged} = process;
		entry.past = {
			...entry.past,
			execs: entry.past.execs.map(each =>
				each.id === exec
					? {...each, user: String(user).slice(0, 64).toWellFormed(), privileged: privileged === true}
					: each,
			),
		};
	}

	/** Its end does not tell the command; nobody needs it. */
	function isHealthCheck({id, action, exec}: ContainerEvent): boolean {
		const command = entries.get(id)?.healthCommand;
		return command !== undefined && action !== 'exec_die' && exec?.command.trim() === command;
	}

	function follow(event: ContainerEvent): void {
		const {id, action, at} = event;
		const entry = entryOf(id, event);
		if (event.name !== '') {
			entry.past = {...entry.past, name: event.name, image: event.image};
		}

		entry.forged ||= event.forged === true;
		switch (action) {
			case 'start':
				entry.askedAt = Number.NEGATIVE_INFINITY;
				entry.politelyAt = undefined;
				add(entry, 'starts', at);
				break;
			case 'kill':
				asked(entry, event);
				break;
			case 'die':
				if (!entry.isKnown && event.image !== '') {
					imageOf(id, event.image);
				}

				add(entry, 'ends', endOf(entry, event));
				break;
			case 'oom':
				add(entry, 'ooms', at);
				break;
			case 'health_status':
				add(entry, 'health', {at, status: event.status ?? ''});
				break;
			case 'exec_create':
				execCreated(entry, event);
				break;
		}
	}

	return {
		take: happening => {
			switch (happening.kind) {
				case 'connected':
				case 'listed':
					listed(happening);
					break;
				case 'event':
					if (isHealthCheck(happening)) {
						return false;
					}

					follow(happening);
					break;
				case 'gap':
					for (const entry of entries.values()) {
						if (entry.engine === happening.engine) {
							const {from, to} = happening;
							entry.past = {...entry.past, gaps: [...entry.past.gaps, {from, to}].slice(-MAX_GAPS)};
						}
					}

					break;
			}

			return true;
		},
		of: id => entries.get(id)?.past,
		know: ({id, healthCommand}) => {
			const entry = entries.get(id);
			if (entry === undefined) {
				return;
			}

			entry.isKnown = true;
			entry.healthCommand = healthCommand;
			const own = (exec: Exec): boolean => entry.commands.get(exec.id) === healthCommand;
			if (entry.commands.size > 0) {
				entry.past = {...entry.past, execs: entry.past.execs.filter(exec => !own(exec))};
				entry.commands.clear();
			}
		},
	};
}

const MAX_GAPS = 16;

const nothing = {starts: [], ends: [], ooms: [], execs: [], health: [], dropped: 0, gaps: []} as const;

/** SIGKILL asks for nothing, and SIGHUP, SIGUSR1 and SIGUSR2 are for something else. */
function isStop(signal: number | undefined): boolean {
	return signal !== undefined && ![0, 1, 9, 10, 12].includes(signal);
}

function asked(entry: Entry, {at, signal}: ContainerEvent): void {
	entry.askedAt = at.getTime();
	if (isStop(signal)) {
		entry.politelyAt ??= at.getTime();
	}
}

function endOf({forged, askedAt, politelyAt}: Entry, {at, exitCode}: ContainerEvent): Ended {
	const asked = at.getTime() - askedAt <= STOP_MS;
	const hasAsked = politelyAt !== undefined && asked && !forged;
	return {
		at,
		exitCode: forged ? undefined : exitCode,
		asked,
		...(hasAsked && {askedMs: Math.max(0, at.getTime() - politelyAt)}),
	};
}
