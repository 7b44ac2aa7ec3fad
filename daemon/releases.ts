import {createPublicKey, type KeyObject} from 'node:crypto';
import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Bundle} from '../policies/bundle.ts';
import type {Builder} from '../policies/standing.ts';
import {readBuildGate} from '../proto/build-gate.ts';
import {readSigned} from '../proto/bundle.ts';
import {payloadOf, verifyEnvelope} from '../proto/envelope.ts';
import {predicateTypes, readStatement} from '../proto/statement.ts';
import type {Target} from './docker/target.ts';
import {DaemonError, reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import type {Release} from './probes/probe.ts';

/** Asks for the signatures of release jobs for an image. */
export type ReleaseView = (
	image: Pick<Target['image'], 'digest' | 'manifest'>,
) => Promise<readonly Release[]>;

/** More files than this are not looked at, and larger ones are no attestation. */
const MAX_FILES = 10_000;
const MAX_BYTES = 2 * 1024 * 1024;
/** How long what was found stands before the folder is looked at again. */
const FRESH_MS = 10_000;

/** What one file says, or nothing when it is not to be believed. */
interface Filed {
	readonly version: string;
	readonly signed: (Release & {readonly digests: readonly string[]; readonly at: string}) | undefined;
}

/**
 * The build attestations that release jobs left in a folder. Anybody may have put files there: only what a trusted key signed is
 * believed, and of that only what it says about the image in question.
 */
export function releasesIn(folder: string, builders: readonly Builder[], report: Report): ReleaseView {
	const keys = builders.map(builder => ({builder, publicKey: createPublicKey(builder.pem)}));
	const known = new Map<string, Filed>();
	let lookedAt = Number.NEGATIVE_INFINITY;
	let looking: Promise<void> | undefined;

	async function look(): Promise<void> {
		const names = (await namesIn(folder)).slice(0, MAX_FILES);
		for (const name of known.keys()) {
			if (!names.includes(name)) {
				known.delete(name);
			}
		}

		for (const name of names) {
			const {size, mtimeMs} = await stat(join(folder, name));
			const version = `${size} ${mtimeMs}`;
			if (known.get(name)?.version !== version) {
				known.set(name, {version, signed: await signedIn(join(folder, name), size, keys, report)});
			}
		}
	}

	return async ({digest, manifest}) => {
		if (performance.now() - lookedAt > FRESH_MS) {
			// Every container asks in the same second; one look serves them all.
			looking ??= look().finally(() => {
				lookedAt = performance.now();
				looking = undefined;
			});
			await looking;
		}

		return [...known.values()]
			.flatMap(({signed}) => signed ?? [])
			.filter(({digests}) => digests.some(each => each === digest || each === manifest))
			.toSorted((a, b) => (a.at < b.at ? 1 : -1));
	};
}

/** Undefined where nobody could know a signature: no key may make one, or nobody says where they lie. */
export function releaseViewOf(
	folder: string | undefined,
	{standing}: Pick<Bundle, 'standing'>,
	report: Report,
): ReleaseView | undefined {
	const builders = standing?.builders ?? [];
	return folder === undefined || builders.length === 0 ? undefined : releasesIn(folder, builders, report);
}

async function namesIn(folder: string): Promise<readonly string[]> {
	try {
		return (await readdir(folder)).filter(name => name.endsWith('.json')).toSorted();
	} catch (cause) {
		throw new DaemonError('CONFIG_INVALID', `The folder ${folder} cannot be read: ${reasonOf(cause)}`, {
			cause,
		});
	}
}

async function signedIn(
	path: string,
	size: number,
	keys: readonly {readonly builder: Builder; readonly publicKey: KeyObject}[],
	report: Report,
): Promise<Filed['signed']> {
	try {
		if (size > MAX_BYTES) {
			throw new DaemonError('FILE_REFUSED', `It has more than ${MAX_BYTES} bytes`);
		}

		const {dsseEnvelope: envelope} = readSigned(JSON.parse(await readFile(path, 'utf8')));
		const signer = keys.find(({publicKey}) => verifyEnvelope(envelope, publicKey))?.builder;
		if (signer === undefined) {
			throw new DaemonError('FILE_REFUSED', 'No key with the role builder made its signature');
		}

		const statement = readStatement(payloadOf(envelope));
		// A summary beside an attestation says nothing new.
		if (statement.predicateType === predicateTypes.verificationSummary) {
			return undefined;
		}

		const {verdict, ticket} = readBuildGate(statement);
		const {judgedOn} = statement.predicate;
		return {
			key: signer.name,
			person: signer.person,
			verdict,
			...(ticket === undefined ? {} : {ticket}),
			at: typeof judgedOn === 'string' ? judgedOn : '',
			digests: statement.subject.flatMap(({digest: {sha256}}) =>
				sha256 === undefined ? [] : [`sha256:${sha256}`],
			),
		};
	} catch (error) {
		report('RELEASE_REFUSED', {file: path, reason: reasonOf(error)});
		return undefined;
	}
}
