import {digestOf} from './digest.ts';
import {predicateTypes, STATEMENT_TYPE, type Statement, type Verifier} from './statement.ts';

/** Predicate of `predicateTypes.acknowledgement`: somebody took an episode on. */
export interface Acknowledgement {
	readonly verifier: Verifier;
	readonly episode: {readonly id: string; readonly control: string; readonly openedAt: string};
	readonly target: {readonly containerId: string; readonly name: string; readonly image: string};
	/** RFC 3339, UTC. */
	readonly at: string;
	readonly by: string;
	readonly reason: string;
}

/** The subject is the container; the episode stands beside it by the digest of its id, as every statement needs a sha256. */
export function acknowledgementStatement(predicate: Acknowledgement): Statement<Acknowledgement> {
	const {target, episode} = predicate;
	return {
		_type: STATEMENT_TYPE,
		subject: [
			{
				name: `container/${target.name}`,
				digest: {dockerContainerId: target.containerId},
				annotations: {digestKind: 'container'},
			},
			{name: `episode/${episode.id}`, digest: {sha256: digestOf(episode.id).slice('sha256:'.length)}},
		],
		predicateType: predicateTypes.acknowledgement,
		predicate,
	};
}
