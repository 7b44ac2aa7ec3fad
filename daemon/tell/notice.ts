import type {Episode} from '../episode.ts';

/** Something that people should hear of, once. */
export type Notice =
	| {readonly kind: 'opened' | 'closed' | 'acknowledged'; readonly at: Date; readonly episode: Episode}
	/** Something was done to a container because of an episode, or was tried. */
	| {readonly kind: 'contained'; readonly at: Date; readonly episode: Episode; readonly what: string}
	/** A stretch in which nobody looked; told when it ends, or while it lasts and is long. */
	| {readonly kind: 'gap'; readonly at: Date; readonly from: Date; readonly to: Date; readonly reason: string}
	/** The log is not what was signed, or takes nothing more. */
	| {readonly kind: 'record'; readonly at: Date; readonly reason: string}
	/** Made on purpose, to see that it arrives. */
	| {readonly kind: 'test'; readonly at: Date; readonly by: string};

/** Takes notices and tells them, later and together; never waits and never throws. Bounded: what is over is counted. */
export interface Teller {
	readonly tell: (notice: Notice) => void;
	/** Tells what is left, for as long as the signal lets it. */
	readonly drain: (signal: AbortSignal) => Promise<void>;
}
