/** One thing that a daemon needs, or would see more with. */
export interface CheckLine {
	readonly what: string;
	/** `limited`: it runs, and some controls stay not evaluated. `failed`: it does not start, or sees nothing. */
	readonly state: 'ok' | 'limited' | 'failed';
	/** What is so, in a sentence. */
	readonly message: string;
	/** What to do about it. */
	readonly remedy?: string;
	/** Which controls become not evaluated by it. */
	readonly controls?: readonly string[];
}

export function ok(what: string, message: string): CheckLine {
	return {what, state: 'ok', message};
}

export function limited(
	what: string,
	message: string,
	remedy: string,
	controls: readonly string[] = [],
): CheckLine {
	return {what, state: 'limited', message, remedy, ...(controls.length === 0 ? {} : {controls})};
}

export function failed(what: string, message: string, remedy: string): CheckLine {
	return {what, state: 'failed', message, remedy};
}
