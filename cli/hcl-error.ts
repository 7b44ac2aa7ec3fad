/** Text that is no HCL. */
export class HclError extends Error {
	override readonly name = 'HclError';
	readonly line: number;

	constructor(line: number, message: string) {
		super(message);
		this.line = line;
	}
}
