/** The wanted port of 127.0.0.1 if nobody listens there, else one that is free now. */
export declare function freePort(wanted: number): Promise<number>;
