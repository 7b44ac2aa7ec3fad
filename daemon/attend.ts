import type {CoverageBook} from './coverage.ts';
import type {Listed} from './docker/engine.ts';
import type {ContainerEvent, Happening, ImageEvent} from './docker/happening.ts';
import {reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import type {Schedule} from './schedule.ts';

export interface Attending {
	readonly schedule: Pick<Schedule, 'touch' | 'has'>;
	readonly book: Pick<CoverageBook, 'gap' | 'saw' | 'skipped'>;
	readonly report: Report;
	/** Ids of containers that were looked at before. */
	readonly memories: {has(id: string): boolean; keys(): Iterable<string>};
}

export interface Attendant {
	readonly attend: (happening: Happening) => void;
	/** Writes down the silence so far of every engine that is lost now; what follows is a gap of its own. */
	readonly settle: (now: Date) => void;
}

type Named = Pick<Listed, 'id' | 'name' | 'image'>;

/** Turns what happens at the engines into looks that are due. */
export function attendant({schedule, book, report, memories}: Attending): Attendant {
	const lost = new Map<string, {readonly at: Date; readonly reason: string}>();
	/** By engine: what runs there, by its image, as its last list and the events since have it. */
	const alive = new Map<string, Map<string, string>>();

	/** Overload is said aloud: the container goes into the coverage statement as not looked at. */
	function touch({id, name, image}: Named, trigger: string): void {
		try {
			schedule.touch(id, trigger);
			book.saw(id);
		} catch (error) {
			book.skipped({containerId: id, name, image, reason: `queue full: ${reasonOf(error)}`});
			report('QUEUE_FULL', {container: id, reason: reasonOf(error)});
		}
	}

	/** A roll call costs a look only at what nobody knew of. */
	function listed(engine: string, running: readonly Listed[], isFirst: boolean): void {
		alive.set(engine, new Map(running.map(({id, image}) => [id, image])));
		for (const each of running) {
			if (isFirst || !schedule.has(each.id)) {
				touch(each, 'reconcile');
			} else {
				book.saw(each.id);
			}
		}

		// What was watched and runs nowhere any more stopped while nobody listened.
		for (const id of memories.keys()) {
			if (![...alive.values()].some(ids => ids.has(id))) {
				touch({id, name: '', image: ''}, 'reconcile');
			}
		}
	}

	function settle(now: Date): void {
		for (const [engine, {at, reason}] of lost) {
			book.gap(at, now, reason);
			lost.set(engine, {at: now, reason});
		}
	}

	function found(engine: string, now: Date): void {
		const silence = lost.get(engine);
		if (silence !== undefined) {
			book.gap(silence.at, now, silence.reason);
			lost.delete(engine);
		}
	}

	function attend(happening: Happening): void {
		const {engine} = happening;
		switch (happening.kind) {
			case 'connected':
				found(engine, happening.at);
				report('ENGINE_CONNECTED', {engine, containers: happening.running.length});
				listed(engine, happening.running, true);
				break;
			case 'listed':
				listed(engine, happening.running, false);
				break;
			case 'lost':
				if (!lost.has(engine)) {
					lost.set(engine, {
						at: happening.at,
						reason: `the engine was not heard: ${engine}: ${happening.reason}`,
					});
				}

				report(happening.again ? 'ENGINE_STILL_LOST' : 'ENGINE_LOST', {engine, reason: happening.reason});
				break;
			case 'gap':
				book.gap(happening.from, happening.to, `${happening.reason} (${engine})`);
				report('EVENTS_LOST', {engine, reason: happening.reason});
				break;
			case 'stray':
				book.skipped({containerId: happening.id, name: '', image: '', reason: happening.reason});
				report('TARGET_STRAY', {engine, container: happening.id, reason: happening.reason});
				break;
			case 'image':
				imageChanged(happening);
				break;
			case 'event':
				follow(happening);
				break;
		}
	}

	/** Another image behind the same name is news for whoever runs the one before. */
	function imageChanged({engine, action, name}: ImageEvent): void {
		report('IMAGE_CHANGED', {engine, action, name});
		for (const [id, image] of alive.get(engine) ?? []) {
			if (image === name && schedule.has(id)) {
				touch({id, name: '', image}, 'event:image');
			}
		}
	}

	function follow({engine, id, action, name, image}: ContainerEvent): void {
		if (action === 'start') {
			alive.get(engine)?.set(id, image);
			touch({id, name, image}, 'event:start');
		} else if (action === 'die' || action === 'destroy') {
			alive.get(engine)?.delete(id);
			touchKnown(id, memories.has(id), {id, name, image}, 'event:die');
		} else if (!silent.has(action)) {
			touchKnown(id, false, {id, name, image}, `event:${action}`);
		}
	}

	/** Only a start brings in a container: a network is joined a moment before it, when there is nothing to look at yet. */
	function touchKnown(id: string, isRemembered: boolean, named: Named, trigger: string): void {
		if (isRemembered || schedule.has(id)) {
			touch(named, trigger);
		}
	}

	return {attend, settle};
}

/** What changes nothing that could be looked at: an exec is told at its beginning, and a signal by what it does. */
const silent: ReadonlySet<string> = new Set(['create', 'restart', 'kill', 'exec_start', 'exec_die']);
