import {generateKeyPairSync} from 'node:crypto';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {fileAnchor} from '../../daemon/log/anchor.ts';
import {signerOf} from '../../daemon/log/keys.ts';
import {type Log, type LogOptions, openLog} from '../../daemon/log/log.ts';
import {openStore} from '../../daemon/store/index.ts';
import type {LogSigner} from '../../proto/checkpoint.ts';
import {type Envelope, seal} from '../../proto/envelope.ts';
import {
	predicateTypes,
	type Result,
	STATEMENT_TYPE,
	type Statement,
	type VerdictWord,
} from '../../proto/statement.ts';

export const ORIGIN = 'sallyport.dev/log/test';
export const IMAGE_DIGEST = '4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce';

export function newSigner(): LogSigner {
	return signerOf(generateKeyPairSync('ec', {namedCurve: 'P-256'}).privateKey);
}

/** A folder that goes away with the test. */
export function folderOf(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-record-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}

export interface Sample {
	readonly container?: string;
	readonly name?: string;
	readonly image?: string;
	readonly imageDigest?: string;
	readonly verdict?: VerdictWord;
	readonly checks?: Readonly<Record<string, Result>>;
}

/** A runtime statement with real fields; what a test asks for is filled in. */
export function sampleStatement(sample: Sample = {}): Statement {
	const {container = 'c0'.repeat(32), name = 'web-1', image = 'registry.example/app:1.2'} = sample;
	const {imageDigest = IMAGE_DIGEST, verdict = 'pass'} = sample;
	const {checks = {'proxy-tls-min-version': 'pass', 'run-no-privileged': 'pass'}} = sample;
	return {
		_type: STATEMENT_TYPE,
		subject: [
			{name: image, digest: {sha256: imageDigest}, annotations: {digestKind: 'oci-config'}},
			{
				name: `container/${name}`,
				digest: {dockerContainerId: container},
				annotations: {digestKind: 'container'},
			},
		],
		predicateType: predicateTypes.runtimeVerification,
		predicate: {
			verifier: {id: 'https://sallyport.dev/verifier/v1', version: '0.1.0'},
			policy: {name: 'baseline', digest: {sha256: IMAGE_DIGEST}},
			target: {containerId: container, name, image},
			trigger: 'event:start',
			startedOn: '2026-11-22T05:19:18.120Z',
			finishedOn: '2026-11-22T05:19:18.164Z',
			validUntil: '2026-11-22T06:19:18.000Z',
			verdict,
			counts: {
				pass: 2,
				fail: 0,
				fixed: 0,
				waived: 0,
				notApplicable: 0,
				notEvaluated: 0,
				error: 0,
			},
			checks: Object.entries(checks).map(([control, result]) => ({
				control,
				result,
				severity: 'high',
				level: 'error',
				criteria: ['CC6.7'],
			})),
		},
	};
}

/** A log of its own folder and keys, which can be closed and opened again as a daemon's restart would. */
export interface TestLog {
	readonly folder: string;
	readonly path: string;
	readonly attestor: LogSigner;
	readonly logKey: LogSigner;
	open(options?: Partial<LogOptions>): Promise<Log>;
	sealed(sample?: Sample): Promise<Envelope>;
	/** Opens, appends so many entries, closes. */
	fill(count: number): Promise<void>;
}

export function testLog(t: ExecutionContext): TestLog {
	const folder = folderOf(t);
	const path = join(folder, 'log.db');
	const attestor = newSigner();
	const logKey = newSigner();
	const open = async (options: Partial<LogOptions> = {}): Promise<Log> => {
		const store = options.store ?? (await openStore(`sqlite:${path}`));
		const log = await openLog({
			logKey,
			origin: ORIGIN,
			attestors: [attestor.publicKey],
			anchor: fileAnchor(join(folder, 'anchor')),
			...options,
			store,
		});
		t.teardown(() => log.close());
		return log;
	};
	const sealed = (sample?: Sample): Promise<Envelope> => seal(sampleStatement(sample), attestor);
	const fill = async (count: number): Promise<void> => {
		const log = await open();
		await Promise.all(
			Array.from({length: count}, async (_, i) =>
				log.append(await sealed({name: `web-${i}`, verdict: i % 5 === 0 ? 'fail' : 'pass'})),
			),
		);
		await log.close();
	};
	return {folder, path, attestor, logKey, open, sealed, fill};
}
