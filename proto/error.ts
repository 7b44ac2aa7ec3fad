export type ProtoErrorCode =
	| 'PROTO_BAD_ENVELOPE'
	| 'PROTO_BAD_STATEMENT'
	| 'PROTO_BAD_CHECKPOINT'
	| 'PROTO_BAD_BUNDLE'
	| 'PROTO_BAD_BUILD_RECORD'
	| 'PROTO_BAD_TRUSTED_ROOT'
	| 'PROTO_BAD_RANGE';

/** Bytes from outside that are not what they claim to be. The message names the field. */
export class ProtoError extends Error {
	override readonly name = 'ProtoError';
	readonly code: ProtoErrorCode;

	constructor(code: ProtoErrorCode, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
	}
}
