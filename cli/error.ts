export type CliErrorCode =
	| 'CLI_USAGE'
	| 'CLI_NO_FILE'
	| 'CLI_FILE_TOO_LARGE'
	| 'CLI_CANNOT_WRITE'
	| 'CLI_BAD_INPUT'
	| 'CLI_NO_ANSWER'
	| 'CLI_REFUSED';

/** A command that cannot be run as it was typed. The message says what to type instead. */
export class CliError extends Error {
	override readonly name = 'CliError';
	readonly code: CliErrorCode;

	constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
	}
}
