import type {BuildGate} from './build-gate.ts';
import type {Digest} from './digest.ts';
import {predicateTypes, STATEMENT_TYPE, type Statement} from './statement.ts';

/**
 * SLSA's verification summary: for consumers that ask whether somebody they trust has verified an image, and nothing else.
 * `verifiedLevels` are of SLSA's build track. We verify none of it, and say so.
 */
export interface VerificationSummary {
	readonly verifier: {readonly id: string; readonly version: Readonly<Record<string, string>>};
	readonly timeVerified: string;
	readonly resourceUri: string;
	readonly policy: {readonly uri: string; readonly digest: Readonly<Record<string, string>>};
	/** The build attestation that this sums up. */
	readonly inputAttestations: readonly {readonly digest: Readonly<Record<string, string>>}[];
	readonly verificationResult: 'PASSED' | 'FAILED';
	readonly verifiedLevels: readonly ['SLSA_BUILD_LEVEL_UNEVALUATED' | 'FAILED'];
	readonly slsaVersion: '1.0';
}

/** A signed build attestation in SLSA's words. @param envelope the digest of its envelope @param image as it was asked for */
export function summaryOf(
	{subject, predicate}: Statement<BuildGate>,
	{envelope, image, at}: {readonly envelope: Digest; readonly image: string; readonly at: Date},
): Statement<VerificationSummary> {
	const {verifier, policy, verdict} = predicate;
	// What could not be looked at was not verified.
	const isPassed = verdict === 'pass';
	return {
		_type: STATEMENT_TYPE,
		subject,
		predicateType: predicateTypes.verificationSummary,
		predicate: {
			verifier: {id: verifier.id, version: {sallyport: verifier.version}},
			timeVerified: at.toISOString(),
			resourceUri: `docker://${encodeURI(image.toWellFormed())}`,
			policy: {uri: `urn:sallyport:policy:${policy.name}`, digest: policy.digest},
			inputAttestations: [{digest: {sha256: envelope.slice('sha256:'.length)}}],
			verificationResult: isPassed ? 'PASSED' : 'FAILED',
			verifiedLevels: [isPassed ? 'SLSA_BUILD_LEVEL_UNEVALUATED' : 'FAILED'],
			slsaVersion: '1.0',
		},
	};
}
