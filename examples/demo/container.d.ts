import type { EngineHandle } from '../../test/engine/engine.ts';
export interface Container {
    readonly id: string;
    readonly name: string;
    /** On 127.0.0.1. */
    readonly https: number;
    readonly http: number;
    /** The command that started it, for people to copy. */
    readonly command: string;
}
/** Runs the example as an operator would who has read the advice: nothing writable, no capabilities, bounded. */
export declare function runContainer(engine: EngineHandle, image: string, name: string, say: (line: string) => void): Promise<Container>;
/** Removes the container of that name, if there is one, and no other. */
export declare function stopContainer({ docker, env }: EngineHandle, name: string): Promise<void>;
