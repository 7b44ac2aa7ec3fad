import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {EngineHandle} from './engine.ts';
import {type Progress, run} from './run.ts';

export interface Making {
	readonly progress: Progress;
	readonly cache: string;
	readonly env: NodeJS.ProcessEnv;
	readonly signal: AbortSignal | undefined;
}

export interface Recipe {
	/** Images that it is made from. */
	readonly needs: readonly string[];
	/** How long it takes on two cores, for a person who waits. */
	readonly seconds: number;
	readonly make: (engine: EngineHandle, making: Making) => Promise<void>;
	/** Names how it is made: a stand-in that bears another mark is made anew. */
	readonly mark?: string;
}

export const LABEL = 'dev.sallyport.stand-in=true';
/** The label of a recipe's mark. */
export const MARK = 'dev.sallyport.stand-in.mark';

/** Builds a stand-in that needs nothing but its Dockerfile, under the public name. */
export async function build(
	engine: EngineHandle,
	{signal}: Making,
	recipe: string,
	name: string,
	...more: readonly string[]
): Promise<void> {
	const input = readFileSync(join(import.meta.dirname, 'stand-ins', `${recipe}.Dockerfile`), 'utf8');
	await run(engine.docker, ['build', '-q', '-t', name, '--label', LABEL, ...more, '-'], {
		env: engine.env,
		signal,
		input,
	});
}
