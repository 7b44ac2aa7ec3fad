import type {Promised} from './docker/promise.ts';
import type {Target} from './docker/target.ts';
import type {Subject} from './probes/probe.ts';

/** More images than a host runs. */
const MAX_KEPT = 1000;

/** What contracts say, by the digest that the label claims and the bytes had when a container was last read whole. */
export function promisesKept(): {
	readonly keep: (subject: Pick<Subject, 'target' | 'promised'>) => void;
	/** Only for the very container that was read, as it was started. */
	readonly of: (target: Target) => Promised | undefined;
} {
	const byDigest = new Map<string, Promised>();
	const readFrom = new Map<string, string>();
	const keyOf = ({startedAt, contract}: Target): string => `${startedAt.toISOString()} ${String(contract)}`;
	return {
		keep: ({target, promised}) => {
			if (promised.state !== 'kept') {
				readFrom.delete(target.id);
				return;
			}

			if (byDigest.size >= MAX_KEPT) {
				byDigest.clear();
			}

			byDigest.set(promised.digest, byDigest.get(promised.digest) ?? promised);
			readFrom.set(target.id, keyOf(target));
			const [oldest] = readFrom.size > 8 * MAX_KEPT ? readFrom.keys() : [];
			if (oldest !== undefined) {
				readFrom.delete(oldest);
			}
		},
		of: target =>
			readFrom.get(target.id) === keyOf(target) ? byDigest.get(String(target.contract)) : undefined,
	};
}
