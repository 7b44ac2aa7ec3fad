import type { EngineHandle } from '../../test/engine/engine.ts';
export interface Daemon {
    /** Base of its HTTP API. */
    readonly url: string;
    readonly pid: number;
    readonly log: string;
}
/** Starts the run gate in the background, with a record of the demo's own, and waits until it answers. */
export declare function startDaemon(folder: string, engine: EngineHandle, say: (line: string) => void): Promise<Daemon>;
/** Ends the daemon that an earlier run left, if it still is that one. */
export declare function stopDaemon(folder: string): Promise<void>;
