import {readFile} from 'node:fs/promises';
import type {Bundle} from '../policies/bundle.ts';
import {canonicalJson} from '../proto/canonical-json.ts';
import {digestOf} from '../proto/digest.ts';
import type {PolicyReference} from '../proto/statement.ts';
import {setOf} from './attest.ts';
import type {Config} from './config.ts';
import {DaemonError, reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import type {PolicyFacts} from './host/view.ts';
import {loadPolicy} from './policy.ts';
import {type ReleaseView, releaseViewOf} from './releases.ts';

/** By what is judged now; read from files, and read again when the daemon is asked to. */
export interface Rules {
	readonly bundle: Bundle;
	readonly policy: PolicyReference;
	/** PEM certificates to trust besides Node's. */
	readonly trust: readonly string[];
	readonly releases: ReleaseView | undefined;
}

/** The part of the configuration that rules are read from. Everything else takes a restart to change. */
export type RuleFiles = Pick<Config, 'policy' | 'trust' | 'attestations'>;

/**
 * Reads all of it, or nothing: what is half new judges by nobody's law.
 * @throws {DaemonError} `CONFIG_INVALID`, and `PolicyError` of a bundle that cannot be used
 */
export async function readRules(files: RuleFiles, report: Report, now = new Date()): Promise<Rules> {
	const bundle = loadPolicy(files.policy, now);
	return {
		bundle,
		policy: {
			name: bundle.name,
			version: bundle.version,
			digest: setOf(digestOf(canonicalJson(bundle.document))),
		},
		trust: files.trust === undefined ? [] : [await readText(files.trust)],
		releases: releaseViewOf(files.attestations, bundle, report),
	};
}

/** What a probe asks of the policy itself. */
export function policyFactsOf({bundle: {name, terms, standing}, policy}: Rules): PolicyFacts {
	const digest = `sha256:${policy.digest['sha256'] ?? ''}`;
	return {name, digest, isApprovalRequired: terms.approval.isRequired, approval: standing?.approval};
}

async function readText(path: string): Promise<string> {
	try {
		return await readFile(path, 'utf8');
	} catch (cause) {
		throw new DaemonError('CONFIG_INVALID', `${path} cannot be read: ${reasonOf(cause)}`, {cause});
	}
}
