import type {Digest} from '../../proto/digest.ts';
import type {ImageConfig} from '../docker/image-config.ts';

/** What looks before this one left behind on this host. Bounded; what is forgotten is as if it had never been seen. */
export interface Remembered {
	/** Stands for a text that must not leave, and is worth nothing on another host: 16 hex digits. */
	readonly keyed: (text: string) => string;
	/** What was first seen under a name; this, when nothing was. */
	readonly firstSeen: (name: string, configuration: Configuration) => Promise<FirstSeen>;
	/** Notes this sample, and gives what the last day amounts to. */
	readonly sampled: (container: string, sample: Sample) => Capacity;
	/** What an image brings in: an image is what its digest names, so it is read once. What is not there is asked for again. */
	readonly image: (
		digest: Digest,
		read: () => Promise<ImageConfig | undefined>,
	) => Promise<ImageConfig | undefined>;
	/** The text that had this digest when it was seen; the text is noted where there is one. */
	readonly original: (digest: Digest, text?: string) => string | undefined;
}

/** Settings that decide how safe a container is, each under a path such as `/HostConfig/Privileged`. Values in words. */
export type Configuration = Readonly<Record<string, string>>;

export interface FirstSeen {
	/** RFC 3339. */
	readonly at: string;
	readonly configuration: Configuration;
}

/** How full a container is at one moment. Undefined is what could not be read. */
export interface Sample {
	readonly at: Date;
	/** Part of the memory limit that is used, 0 to 1. */
	readonly memory: number | undefined;
	/** Counted by the kernel since the container's start. */
	readonly periods: number | undefined;
	readonly throttled: number | undefined;
}

/** A start is cut short in most of its first few periods, and that says nothing: a period is a tenth of a second. */
export const MIN_PERIODS = 600;

/** What samples of the last 24 hours amount to. */
export interface Capacity {
	readonly samples: number;
	/** The stretch that the samples cover. */
	readonly hours: number;
	/** Nineteen of twenty samples were at most this. */
	readonly memory: number | undefined;
	/** Part of the periods in which the container was held back; undefined before there were enough of them. */
	readonly throttled: number | undefined;
}
