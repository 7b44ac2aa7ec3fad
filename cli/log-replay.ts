import {loadPolicy} from '../daemon/policy.ts';
import {replay} from '../daemon/replay.ts';
import {ProtoError} from '../proto/error.ts';
import {predicateTypes, type RuntimeVerification, readStatement, type Statement} from '../proto/statement.ts';
import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {printable} from './printable.ts';

/**
 * Judges what a statement recorded once more, and says where it comes to something else.
 * @param answer an entry of the log, with its statement
 * @param policy the bundle as it stood when the statement was made, with its approval and waivers beside it
 */
export function replayEntry(
	answer: unknown,
	{policy, json}: {readonly policy: string | undefined; readonly json: boolean},
	io: Io,
): number {
	const statement = statementIn(answer);
	const bundle = loadPolicy(policy, new Date(statement.predicate.startedOn));
	const {verdict, differences} = replay(statement, bundle);
	if (json) {
		const again = {verdict: verdict.outcome, counts: verdict.counts, differences};
		io.stdout.write(`${JSON.stringify(again, undefined, 2)}\n`);
	} else {
		const same = `The same findings under ${bundle.name} are ${verdict.outcome} again: every result, level and count is as it was recorded`;
		io.stdout.write(`${(differences.length === 0 ? [same] : differences).map(printable).join('\n')}\n`);
	}

	return differences.length === 0 ? 0 : 1;
}

function statementIn(answer: unknown): Statement<RuntimeVerification> {
	const given =
		typeof answer === 'object' && answer !== null && 'statement' in answer ? answer.statement : {};
	try {
		const statement = readStatement(Buffer.from(JSON.stringify(given)));
		if (statement.predicateType !== predicateTypes.runtimeVerification) {
			throw new CliError(
				'CLI_BAD_INPUT',
				`The entry is a ${printable(statement.predicateType)}; only what was seen of a container can be judged again`,
			);
		}

		return statement as unknown as Statement<RuntimeVerification>;
	} catch (cause) {
		throw cause instanceof ProtoError ? new CliError('CLI_BAD_INPUT', cause.message, {cause}) : cause;
	}
}
