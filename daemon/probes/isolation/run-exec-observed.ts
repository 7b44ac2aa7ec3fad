import type {Exec, Past} from '../../docker/past.ts';
import {numberIn} from '../params.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';

const WINDOW_S = 3600;
/** More than the past holds of them: what it let go may have been anything. */
const MANY = 128;

/** Nothing in an exec says which ticket it is for: whoever had reason to acknowledges the episode, or a waiver covers it. */
export const runExecObserved: Probe = async ({target, past, now, paramsOf}) => {
	if (past === undefined) {
		return [unseen("Nobody listens to the engine's events here, so commands started in it are not known")];
	}

	const windowMs = numberIn(paramsOf('run-exec-observed'), 'window', WINDOW_S) * 1000;
	const from = now.getTime() - windowMs;
	const recent = past.execs.filter(({at}) => at.getTime() > from);
	const bad = recent.filter(exec => wrongOf(exec, target.user) !== undefined);
	const observed = {
		execs: recent.length,
		since: new Date(Math.max(from, past.since.getTime())).toISOString(),
		...(bad.length > 0 && {bad: bad.slice(-8).map(exec => told(exec, target.user))}),
	};
	const [first] = bad;
	if (first !== undefined) {
		return [
			{
				result: 'fail',
				message: `Somebody started ${JSON.stringify(first.word)} in the container ${wrongOf(first, target.user)}`,
				observed,
			},
		];
	}

	if (recent.length >= MANY) {
		return [
			{
				result: 'fail',
				message: `${recent.length} commands or more were started in the container, which hides what each was for`,
				observed,
			},
		];
	}

	return [quiet(recent, past, from, observed)];
};

function quiet(recent: readonly Exec[], past: Past, from: number, observed: unknown): ProbeFinding {
	if (recent.some(({privileged}) => privileged === undefined)) {
		return unseen(
			'A command was started in the container, and the engine did not tell as whom: it was asked too late, or a label hides it',
			observed,
		);
	}

	return past.gaps.some(({to}) => to.getTime() > from)
		? unseen('Events of the engine were lost meanwhile, and a command may have been among them', observed)
		: {
				result: 'pass',
				message: 'No command was started in it as root or with privileges, as far as was listened',
				observed,
			};
}

/** Undefined for what is as it should be, and for what is not known. */
function wrongOf({user, privileged}: Exec, own: string): string | undefined {
	if (privileged === true) {
		return 'with privileges';
	}

	return user !== undefined && isRoot(user === '' ? own : user) ? 'as root' : undefined;
}

function isRoot(user: string): boolean {
	return /^(?:|0+|root)(?::|$)/.test(user);
}

function told({at, word, user, privileged}: Exec, own: string): Readonly<Record<string, unknown>> {
	return {at: at.toISOString(), word, user: user === '' ? own : user, privileged};
}
