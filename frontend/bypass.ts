import type {Bundle} from '../policies/bundle.ts';
import type {RuleId} from '../policies/rules/index.ts';
import {credentialsIn} from '../policies/token-formats.ts';
import {isTicket} from '../proto/labels.ts';
import {FrontendError} from './error.ts';
import type {Judged} from './judge.ts';
import type {Options} from './options.ts';

/** What becomes of findings that stop a build, when somebody in need asks to build all the same. */
export interface Passage {
	/** These stop it; empty when it goes on. */
	readonly held: readonly Judged[];
	/** Why nothing was passed over, although it was asked for. */
	readonly refusal?: string;
	/** These would have stopped it. */
	readonly passed: readonly Judged[];
	/** What it is done for; present exactly when something was passed over. */
	readonly ticket?: string;
	readonly notes: readonly string[];
}

/** No ticket helps: there is nothing that could be built, or nobody whose word it would be. */
const unavoidable: readonly RuleId[] = ['valid-plan', 'approved-policy'];

/**
 * Break-glass: `SALLYPORT_BYPASS=<ticket>` passes over findings that stop a build, where the policy allows it at all.
 * @throws {FrontendError} FRONTEND_BAD_OPTION for what is no ticket, without repeating it
 */
export function passageOf(
	{buildArgs}: Pick<Options, 'buildArgs'>,
	{name, terms}: Bundle,
	stopping: readonly Judged[],
): Passage {
	const text = buildArgs.get('SALLYPORT_BYPASS') ?? '';
	if (text === '') {
		return {held: stopping, passed: [], notes: []};
	}

	const ticket = ticketOf(text);
	if (stopping.length === 0) {
		const note = `SALLYPORT_BYPASS=${ticket} was not needed: nothing stops this build, and the image is marked with nothing`;
		return {held: [], passed: [], notes: [note]};
	}

	if (terms.build.bypass === 'forbidden') {
		const refusal = `SALLYPORT_BYPASS does not help: the policy ${name} allows no break-glass; ask for a waiver`;
		return {held: stopping, refusal, passed: [], notes: []};
	}

	const held = stopping.filter(({rule}) => unavoidable.some(id => id === rule));
	if (held.length > 0) {
		const refusal = 'SALLYPORT_BYPASS does not help: no ticket makes up for this';
		return {held, refusal, passed: [], notes: []};
	}

	return {held: [], passed: stopping, ticket, notes: [alarm(ticket, stopping.length, name)]};
}

function alarm(ticket: string, count: number, policy: string): string {
	const what = count === 1 ? 'one finding that stops builds was' : `${count} findings that stop builds were`;
	return `BREAK-GLASS ${ticket}: ${what} passed over under the policy ${policy}; the image bears the label dev.sallyport.bypass=${ticket}, its verdict is fail, and no daemon will count it as passed`;
}

function ticketOf(text: string): string {
	if (isTicket(text) && !isSecretLike(text)) {
		return text;
	}

	const why = isSecretLike(text) ? 'looks like a secret' : 'is no name of a ticket';
	throw new FrontendError(
		'FRONTEND_BAD_OPTION',
		`The value of SALLYPORT_BYPASS ${why}, and is not repeated here; give the id of the ticket that says why, such as OPS-4711: 3 to 40 letters, digits and . _ # / -, a digit among them`,
	);
}

/** A ticket goes into the image for everybody to read. What is random, or speaks of secrets, is not meant for that. */
function isSecretLike(text: string): boolean {
	// What is longer is no ticket anyway.
	const start = text.slice(0, 200);
	const long = start.match(/[A-Za-z0-9]{16,}/g) ?? [];
	return (
		credentialsIn(start).length > 0 ||
		/pass(?:wor|w)?d|secret|token|api_?key/i.test(start) ||
		long.some(word => /[A-Za-z]/.test(word) && /[0-9]/.test(word))
	);
}
