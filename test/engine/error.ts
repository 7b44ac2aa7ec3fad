export type EngineErrorCode =
	| 'ENGINE_UNAVAILABLE'
	| 'ENGINE_TOO_OLD'
	| 'ENGINE_NOT_STARTED'
	| 'ENGINE_COMMAND_FAILED'
	| 'IMAGE_UNAVAILABLE';

/** Why there is no engine, or no image, to test on. The message tells a person what to install or to do. */
export class EngineError extends Error {
	readonly code: EngineErrorCode;
	override readonly name = 'EngineError';

	constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
	}
}
