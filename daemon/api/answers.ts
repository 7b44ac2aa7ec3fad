import {payloadOf} from '../../proto/envelope.ts';
import {readStatement} from '../../proto/statement.ts';
import {trustedRootOf} from '../../proto/trusted-root.ts';
import type {
	Checkpoint,
	ConsistencyProof,
	Entry,
	InclusionProof,
	Integrity,
	Log,
	Summary,
} from '../log/log.ts';
import {acknowledge, type Body, getEpisode, listEpisodes, type People, testAlert} from './episodes.ts';
import {type PageTokens, pageTokens} from './page-token.ts';
import {listQueryOf, numberOf, type Parameters, requiredNumberOf} from './query.ts';
import {ApiError} from './status.ts';

/** A container as the daemon knows it now. */
export interface TargetView {
	readonly id: string;
	readonly name: string;
	readonly image: string;
	readonly state: 'attested' | 'described' | 'unattested';
	readonly verdict?: string;
	readonly observedAt?: string;
}

/** The questions that the API answers, by name; each way of asking has its own door before them. */
export interface Answers {
	list(parameters: Parameters): Promise<unknown>;
	entry(id: string): Promise<unknown>;
	bundle(id: string): Promise<unknown>;
	targets(): unknown;
	checkpoint(): unknown;
	inclusion(parameters: Parameters): Promise<unknown>;
	consistency(parameters: Parameters): Promise<unknown>;
	trustedRoot(): unknown;
	keys(): unknown;
	episodes(parameters: Parameters): unknown;
	episode(id: string): unknown;
	acknowledge(id: string, body: Body): Promise<unknown>;
	testAlert(body: Body): Promise<unknown>;
	/** @throws {ApiError} PERMISSION_DENIED at a door where nothing may be changed */
	refuseChange(): void;
	/** False while the log is broken: nothing new is recorded then. */
	isReady(): boolean;
	integrity(): Integrity;
}

export interface AnswerParts {
	readonly log: Log;
	readonly targets: () => readonly TargetView[];
	readonly people: People;
	/** True where who asks is known by the file system: at the Unix socket. */
	readonly mayChange: boolean;
	readonly tokens?: PageTokens;
}

/** Answers as JSON values; bytes are base64, times RFC 3339. */
export function answersOf({log, targets, people, mayChange, tokens = pageTokens()}: AnswerParts): Answers {
	const refuseChange = (): void => {
		if (!mayChange) {
			throw new ApiError(
				'PERMISSION_DENIED',
				'LOCAL_ONLY',
				'This changes something, and is answered on the Unix socket alone',
			);
		}
	};
	return {
		refuseChange,
		episodes: parameters => listEpisodes(people, parameters),
		episode: id => getEpisode(people, id),
		acknowledge: async (id, body) => {
			refuseChange();
			return acknowledge(people, id, body);
		},
		testAlert: async body => {
			refuseChange();
			return testAlert(people, body);
		},
		list: async parameters => {
			const query = listQueryOf(parameters, tokens);
			const {entries, size, total, next, checkpoint, integrity} = await log.list(query);
			const {filter, order} = query;
			const resume = {after: next ?? 0, size, total};
			const nextPageToken = next === undefined ? '' : tokens.write(resume, {filter, order});
			return {
				entries: entries.map(summaryJson),
				nextPageToken,
				total,
				size,
				checkpoint: checkpointJson(checkpoint),
				integrity,
			};
		},
		entry: async id => ({...entryJson(await log.get(id)), integrity: log.integrity()}),
		bundle: id => log.bundle(id),
		targets: () => ({
			targets: targets(),
			checkpoint: checkpointJson(log.checkpoint()),
			integrity: log.integrity(),
		}),
		checkpoint: () => ({...checkpointJson(log.checkpoint()), integrity: log.integrity()}),
		inclusion: async parameters => {
			const position = requiredNumberOf(parameters, 'position');
			return inclusionJson(await log.inclusion(position, numberOf(parameters, 'size')));
		},
		consistency: async parameters => {
			const first = requiredNumberOf(parameters, 'first');
			return consistencyJson(await log.consistency(first, numberOf(parameters, 'second')));
		},
		trustedRoot: () => trustedRootOf(log),
		keys: () => ({origin: log.origin, keys: keysOf(log)}),
		isReady: () => log.integrity().state === 'ok',
		integrity: () => log.integrity(),
	};
}

function summaryJson({integratedAt, ...summary}: Summary): unknown {
	return {...summary, integratedAt: integratedAt.toISOString()};
}

function entryJson({envelope, ...summary}: Entry): Readonly<Record<string, unknown>> {
	return {entry: summaryJson(summary), envelope, statement: readStatement(payloadOf(envelope))};
}

function checkpointJson({size, rootHash, note}: Checkpoint): Readonly<Record<string, unknown>> {
	return {size, rootHash: base64(rootHash), note};
}

function inclusionJson({position, size, leafHash, rootHash, hashes}: InclusionProof): unknown {
	return {
		position,
		size,
		leafHash: base64(leafHash),
		rootHash: base64(rootHash),
		hashes: hashes.map(base64),
	};
}

function consistencyJson({first, size, firstRootHash, rootHash, hashes}: ConsistencyProof): unknown {
	return {
		first,
		second: size,
		firstRootHash: base64(firstRootHash),
		secondRootHash: base64(rootHash),
		hashes: hashes.map(base64),
	};
}

function keysOf({attestors, publicKey}: Log): readonly {readonly use: string; readonly pem: string}[] {
	const attestation = attestors.map(key => ({use: 'attestation', key}));
	return [...attestation, {use: 'log', key: publicKey}].map(({use, key}) => ({
		use,
		pem: String(key.export({type: 'spki', format: 'pem'})),
	}));
}

function base64(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('base64');
}
