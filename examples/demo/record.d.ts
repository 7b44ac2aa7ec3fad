import type { EngineHandle } from '../../test/engine/engine.ts';
import type { Container } from './container.ts';
import type { Daemon } from './watch.ts';
/** One control as the run gate judged it. */
export interface Check {
    readonly control: string;
    readonly result: string;
    readonly level: string;
    readonly criteria: readonly string[];
    readonly message?: string;
}
interface Entry {
    readonly id: string;
    readonly position: number;
}
export interface Recorded {
    readonly entry: Entry;
    readonly verdict: string;
    readonly checks: readonly Check[];
    readonly logSize: number;
    /** Files that are enough to check the entry anywhere, without this machine. */
    readonly files: {
        readonly bundle: string;
        readonly key: string;
        readonly trustedRoot: string;
        readonly blob: string;
    };
    readonly predicateType: string;
    /** What `sallyport log verify` printed about them, and whether it was content. */
    readonly verification: {
        readonly text: string;
        readonly passed: boolean;
    };
}
/** Waits until the container's first verification is in the log. */
export declare function waitForEntry(daemon: Daemon, container: Container, say: (line: string) => void): Promise<Entry>;
/** Fetches everything an auditor needs for one entry, and checks it offline with our own command. */
export declare function fetchRecord(daemon: Daemon, engine: EngineHandle, folder: string, image: string, entry: Entry): Promise<Recorded>;
export {};
