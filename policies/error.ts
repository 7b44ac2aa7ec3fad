export type PolicyErrorCode =
	| 'POLICY_BAD_YAML'
	| 'POLICY_BAD_SHAPE'
	| 'POLICY_UNKNOWN_CONTROL'
	| 'POLICY_WEAKENED'
	| 'POLICY_BAD_TRUST';

/** A policy document that cannot be used. The message says where and what to do; nothing of it was applied. */
export class PolicyError extends Error {
	override readonly name = 'PolicyError';
	readonly code: PolicyErrorCode;
	/** 1-based line in the document, when one is to blame. */
	readonly line: number | undefined;

	constructor(code: PolicyErrorCode, message: string, line?: number, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
		this.line = line;
	}
}
