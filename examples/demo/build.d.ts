import type { EngineHandle } from '../../test/engine/engine.ts';
export interface Built {
    readonly image: string;
    /** What the build gate says of the Dockerfile, as it shows it. */
    readonly findings: string;
    /** Sizes of all layers together, in bytes: as BuildKit alone builds it, and as the build gate does. */
    readonly plainBytes: number;
    readonly bytes: number;
}
type Say = (line: string) => void;
/** Builds the example twice, without and with its first line, so that both can be compared. */
export declare function buildExample(engine: EngineHandle, say: Say): Promise<Built>;
export {};
