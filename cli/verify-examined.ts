import type {CheckStatement, Statement} from '../proto/statement.ts';

/** One thing that was looked at, as it is told: what a daemon would sign of it, and what people should know besides. */
export interface Examined {
	readonly what: 'container' | 'image' | 'URL';
	/** As people call it. */
	readonly name: string;
	/** Image, digest, address: what tells it from others of the name. */
	readonly details: readonly string[];
	readonly verdict: 'pass' | 'fail' | 'incomplete';
	readonly checks: readonly CheckStatement[];
	readonly notes: readonly string[];
	readonly statement: Statement<unknown>;
}

export function isPassed({verdict}: Pick<Examined, 'verdict'>): boolean {
	return verdict === 'pass';
}
