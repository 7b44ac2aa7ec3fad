import type {Containment} from '../proto/containment.ts';
import type {AlertTest} from '../proto/delivery.ts';
import {digestOf} from '../proto/digest.ts';
import {payloadOf, type Signer, seal} from '../proto/envelope.ts';
import {predicateTypes, readStatement, STATEMENT_TYPE, type Subject} from '../proto/statement.ts';
import {setOf} from './attest.ts';
import type {Log} from './log/log.ts';

/** Tests of the last months: one a month is asked for. */
const MAX_TESTS = 100;
const MAX_CONTAINMENTS = 20;

/** What the log says of telling and containing, and how that gets into it. */
export interface AlertRecord {
	/** @throws {LogError} when the log takes nothing */
	readonly append: (
		predicateType: string,
		predicate: unknown,
		container?: {readonly id: string; readonly name: string},
	) => Promise<void>;
	/** Newest first. */
	readonly tests: () => Promise<readonly AlertTest[]>;
	/** Of one container, newest first. */
	readonly containments: (container: string) => Promise<readonly Containment[]>;
}

export function alertRecordOf(
	log: Pick<Log, 'list' | 'get' | 'append'>,
	signer: Signer,
	hostId: string,
): AlertRecord {
	// cosign needs a sha256 somewhere: the host has none, so its name's stands for it.
	const host: Subject = {name: `host/${hostId}`, digest: setOf(digestOf(hostId))};
	const newest = async (
		predicateType: string,
		limit: number,
		container?: string,
	): Promise<readonly unknown[]> => {
		const filter = {predicateType, ...(container === undefined ? {} : {container})};
		const {entries} = await log.list({filter, order: 'newest', limit});
		// Signed by this daemon's own key, which the log checked when it took the entry.
		return Promise.all(
			entries.map(async ({id}) => readStatement(payloadOf((await log.get(id)).envelope)).predicate),
		);
	};
	// Only this daemon writes its log, so what was read stays true until it writes again.
	let tests: Promise<readonly AlertTest[]> | undefined;
	return {
		append: async (predicateType, predicate, container) => {
			const about: Subject[] =
				container === undefined
					? []
					: [
							{
								name: `container/${container.name}`,
								digest: {dockerContainerId: container.id},
								annotations: {digestKind: 'container'},
							},
						];
			const statement = {_type: STATEMENT_TYPE, subject: [host, ...about], predicateType, predicate} as const;
			await log.append(await seal(statement, signer));
			tests = predicateType === predicateTypes.alertTest ? undefined : tests;
		},
		tests: () => {
			tests ??= newest(predicateTypes.alertTest, MAX_TESTS).then(
				found => found as readonly AlertTest[],
				(error: unknown) => {
					tests = undefined;
					throw error;
				},
			);
			return tests;
		},
		containments: async container =>
			(await newest(predicateTypes.containment, MAX_CONTAINMENTS, container)) as readonly Containment[],
	};
}
