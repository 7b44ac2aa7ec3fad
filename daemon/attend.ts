import {labels} from '../proto/labels.ts';
import type {CoverageBook} from './coverage.ts';
import type {Listed} from './docker/engine.ts';
import type {Happening} from './docker/events.ts';
import {reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import type {Schedule} from './schedule.ts';

export interface Attending {
	readonly schedule: Pick<Schedule, 'touch' | 'has'>;
	readonly book: Pick<CoverageBook, 'gap' | 'saw' | 'skipped'>;
	readonly report: Report;
	/** Ids of running containers without a contract. */
	readonly unattested: {has(id: string): boolean; delete(id: string): boolean};
	/** Ids of containers that were looked at before. */
	readonly memories: {has(id: string): boolean; keys(): Iterable<string>};
	readonly notAttested: (listed: Listed) => void;
}

export interface Attendant {
	readonly attend: (happening: Happening) => void;
	/** Writes down the silence so far, if the engine is lost now; what follows is a gap of its own. */
	readonly settle: (now: Date) => void;
}

/** Turns what happens at the engine into looks that are due. */
export function attendant(parts: Attending): Attendant {
	const {schedule, book, report, unattested, memories, notAttested} = parts;
	let lost: {at: Date; reason: string} | undefined;

	/** Overload is said aloud: the container goes into the coverage statement as not looked at. */
	function touch({id, name, image}: Pick<Listed, 'id' | 'name' | 'image'>, trigger: string): void {
		try {
			schedule.touch(id, trigger);
			book.saw(id);
		} catch (error) {
			book.skipped({containerId: id, name, image, reason: `queue full: ${reasonOf(error)}`});
			report('QUEUE_FULL', {container: id, reason: reasonOf(error)});
		}
	}

	function reconcile(running: readonly Listed[]): void {
		const alive = new Set(running.map(({id}) => id));
		for (const listed of running) {
			if (Object.hasOwn(listed.labels, labels.contract)) {
				touch(listed, 'reconcile');
			} else {
				notAttested(listed);
			}
		}

		// What was watched and no longer runs stopped while nobody listened.
		for (const id of memories.keys()) {
			if (!alive.has(id)) {
				touch({id, name: '', image: ''}, 'reconcile');
			}
		}
	}

	function settle(now: Date): void {
		if (lost !== undefined) {
			book.gap(lost.at, now, lost.reason);
			lost = {...lost, at: now};
		}
	}

	function attend(happening: Happening): void {
		switch (happening.kind) {
			case 'connected':
				settle(happening.at);
				lost = undefined;
				report('ENGINE_CONNECTED', {containers: happening.running.length});
				reconcile(happening.running);
				break;
			case 'lost':
				lost ??= {at: happening.at, reason: `the engine was not heard: ${happening.reason}`};
				report(happening.again ? 'ENGINE_STILL_LOST' : 'ENGINE_LOST', {reason: happening.reason});
				break;
			case 'event':
				follow(happening.id, happening.action);
				break;
		}
	}

	function follow(id: string, action: string): void {
		const isEnd = action === 'die' || action === 'destroy';
		if (isEnd) {
			unattested.delete(id);
		}

		// Only a start brings in a container: a network is joined a moment before it, when there is nothing to look at yet.
		const isKnown = schedule.has(id) || (isEnd && memories.has(id));
		if (isKnown || (action === 'start' && !unattested.has(id))) {
			touch({id, name: '', image: ''}, isEnd ? 'event:die' : `event:${action}`);
		}
	}

	return {attend, settle};
}
