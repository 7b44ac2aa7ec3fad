import type {Bundle} from '../policies/bundle.ts';
import {type Containment, containmentActions} from '../proto/containment.ts';
import {type PolicyReference, predicateTypes, type Verifier} from '../proto/statement.ts';
import {VERSION} from '../proto/version.ts';
import type {AlertRecord} from './alert-record.ts';
import {act, persist} from './confining.ts';
import type {ConfineDoor, Confinement} from './docker/confine.ts';
import type {Episode} from './episode.ts';
import {reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import type {ContainmentOrder, PeopleView} from './host/people.ts';
import type {Notice, Teller} from './tell/notice.ts';

export interface ContainParts {
	readonly door: ConfineDoor;
	/** Whether the daemon was told that it may. */
	readonly isEnabled: boolean;
	/** As it is in force now. */
	readonly policy: () => {readonly bundle: Bundle; readonly policy: PolicyReference};
	readonly record: AlertRecord;
	readonly teller: Pick<Teller, 'tell'>;
	readonly hostId: string;
	readonly report: Report;
	/** Within this the engine has to show it. */
	readonly confirmMs?: number;
}

/** Acts on critical episodes where an approved policy says so. It hears what people hear, and never waits. */
export interface Containing {
	readonly hear: (notice: Notice) => void;
	readonly view: Pick<PeopleView, 'mayContain' | 'order' | 'containments'>;
	/** Settles when what was begun is done and recorded. When the signal says so, nothing more is waited for. */
	readonly settle: (signal?: AbortSignal) => Promise<void>;
}

const CONFIRM_MS = 30_000;
/** Containers that wait to be contained; a policy that would contain more at once is a mistake. */
const MOST = 16;

/** The order of a policy; a sentence why there is none to follow, or undefined where none is given. */
export function orderOf(
	{settings, standing}: Pick<Bundle, 'settings' | 'standing'>,
	now: Date,
): ContainmentOrder | string | undefined {
	const {level, params} = settings['inc-containment'];
	if (level === 'off' || params['action'] === undefined) {
		return undefined;
	}

	const action = containmentActions.find(each => each === params['action']);
	const {controls} = params;
	if (action === undefined || !Array.isArray(controls) || controls.length === 0) {
		return `its params are not an action (${containmentActions.join(', ')}) and a list of controls`;
	}

	const problem = approvalProblem(standing, now);
	return problem ?? {action, controls, by: standing?.approval.approvers ?? []};
}

// It was read when the daemon started, and time goes on.
function approvalProblem(standing: Bundle['standing'], now: Date): string | undefined {
	const {state, reviewBy, message = 'nobody looked for an approval'} = standing?.approval ?? {};
	if (state !== 'approved') {
		return `it is not approved: ${message}`;
	}

	const isOverdue = reviewBy !== undefined && Date.parse(reviewBy) < now.getTime();
	return isOverdue ? `it is not approved any more: its review was due by ${reviewBy}` : undefined;
}

export function startContaining(parts: ContainParts): Containing {
	const {door, isEnabled, policy, record, teller, hostId, report, confirmMs = CONFIRM_MS} = parts;
	/** A person who undoes it has decided: no container is contained twice, however often this daemon starts. */
	const done = new Set<string>();
	const stop = new AbortController();
	let waiting = 0;
	let working: Promise<void> = Promise.resolve();

	function consider(episode: Episode): void {
		const {bundle} = policy();
		const order = orderOf(bundle, new Date());
		if (order === undefined || !isNamed(bundle, episode)) {
			return;
		}

		const obstacle = obstacleOf(order);
		if (typeof order === 'string' || obstacle !== undefined) {
			report('CONTAINMENT_WITHHELD', {...factsOf(episode), reason: obstacle});
			return;
		}

		if (!done.has(episode.container.id)) {
			done.add(episode.container.id);
			waiting += 1;
			working = working
				.then(() => contain(episode, order))
				.finally(() => {
					waiting -= 1;
				});
		}
	}

	function obstacleOf(order: ContainmentOrder | string): string | undefined {
		if (typeof order === 'string') {
			return `the policy asks for it, but ${order}`;
		}

		if (!isEnabled) {
			return 'the daemon was started without --containment on';
		}

		return waiting >= MOST ? `${MOST} containers wait for it already` : undefined;
	}

	async function contain(episode: Episode, order: ContainmentOrder): Promise<void> {
		const {id} = episode.container;
		const startedOn = new Date();
		try {
			if ((await record.containments(id)).length > 0) {
				report('CONTAINMENT_WITHHELD', {...factsOf(episode), reason: 'it was contained once before'});
				return;
			}

			const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(confirmMs)]);
			const before = await persist(() => door.look(id, signal), signal);
			const reason = await act(door, id, order.action, before, signal).then(
				() => undefined,
				(error: unknown) => (signal.aborted ? late() : reasonOf(error)),
			);
			await conclude(episode, order, {before, reason, startedOn});
		} catch (error) {
			report('CONTAINMENT_FAILED', {...factsOf(episode), reason: reasonOf(error)});
			say(episode, `${order.action} of ${episode.container.id.slice(0, 12)} failed: ${reasonOf(error)}`);
		}
	}

	/** What was done is said even if the log does not take it: it was done. */
	async function conclude(episode: Episode, order: ContainmentOrder, acted: Acted): Promise<void> {
		const predicate = containmentOf(episode, order, acted, {
			policy: policy().policy,
			verifier: verifierOf(hostId),
		});
		const {confirmed, undo, reason, action} = predicate;
		const {id, name} = episode.container;
		report(confirmed ? 'CONTAINMENT_DONE' : 'CONTAINMENT_FAILED', {...factsOf(episode), action, reason});
		const outcome = confirmed ? 'done, and the engine confirms it' : `not confirmed: ${reason}`;
		say(episode, `${action} of ${id.slice(0, 12)}: ${outcome}. To undo it: ${undo.join(' && ')}`);
		await record.append(predicateTypes.containment, predicate, {id, name}).catch((error: unknown) => {
			report('RECORD_FAILED', {reason: reasonOf(error)});
		});
	}

	function late(): string {
		return stop.signal.aborted ? 'the daemon stopped' : `it was not so within ${confirmMs / 1000} seconds`;
	}

	function say(episode: Episode, what: string): void {
		teller.tell({kind: 'contained', at: new Date(), episode, what});
	}

	return {
		hear: notice => {
			if (
				notice.kind === 'opened' &&
				notice.episode.severity === 'critical' &&
				notice.episode.result === 'fail'
			) {
				consider(notice.episode);
			}
		},
		view: {
			mayContain: isEnabled,
			order: () => orderOf(policy().bundle, new Date()),
			containments: record.containments,
		},
		settle: signal => {
			if (signal?.aborted) {
				stop.abort();
			}

			signal?.addEventListener('abort', () => stop.abort(), {once: true});
			return working;
		},
	};
}

function isNamed({settings}: Pick<Bundle, 'settings'>, {control}: Episode): boolean {
	const {controls} = settings['inc-containment'].params;
	return Array.isArray(controls) && controls.includes(control);
}

interface Acted {
	readonly before: Confinement;
	/** Why it is not confirmed. */
	readonly reason: string | undefined;
	readonly startedOn: Date;
}

function containmentOf(
	{container, control, id: episode}: Episode,
	{action, by}: ContainmentOrder,
	{before: {networks}, reason, startedOn}: Acted,
	{policy, verifier}: Pick<Containment, 'policy' | 'verifier'>,
): Containment {
	const {id, name, image} = container;
	const short = id.slice(0, 12);
	const back = networks.map(network => `docker network connect ${quoted(network)} ${short}`);
	return {
		verifier,
		policy,
		target: {containerId: id, name, image},
		rule: control,
		episode,
		actor: 'daemon',
		approval: {by},
		action,
		...(action === 'disconnect' ? {networks} : {}),
		confirmed: reason === undefined,
		...(reason === undefined ? {} : {reason}),
		undo: action === 'pause' ? [`docker unpause ${short}`] : back,
		startedOn: startedOn.toISOString(),
		finishedOn: new Date().toISOString(),
	};
}

/** A network's name ends up in a line that somebody copies into a shell. */
function quoted(name: string): string {
	return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`;
}

function verifierOf(hostId: string): Verifier {
	return {id: 'https://sallyport.dev/verifier/v1', version: VERSION, hostId};
}

function factsOf({id, container, control}: Episode): Readonly<Record<string, unknown>> {
	return {episode: id, container: container.id, name: container.name, control};
}
