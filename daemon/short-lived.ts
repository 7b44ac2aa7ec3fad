import {digestOf} from '../proto/digest.ts';
import type {Past} from './docker/past.ts';
import {parseTarget, type Target} from './docker/target.ts';

/** A container that came and went before it could be looked at. */
export interface Passed {
	readonly target: Target;
	/** What is known of it, in a sentence. */
	readonly message: string;
}

/**
 * What events told of a container of which the engine knows nothing any more; undefined where they told too little to make a
 * statement of. Its labels are not known, so their digest is that of nothing at all.
 */
export function passedOf(id: string, past: Past | undefined): Passed | undefined {
	const start = past?.starts.at(-1);
	const end = past?.ends.at(-1);
	if (past?.imageDigest === undefined || start === undefined) {
		return undefined;
	}

	const target = parseTarget({
		Id: id,
		Name: past.name,
		Image: past.imageDigest,
		State: {
			Running: false,
			StartedAt: start.toISOString(),
			FinishedAt: end?.at.toISOString(),
			ExitCode: end?.exitCode,
		},
		Config: {Image: past.image},
		HostConfig: {},
		NetworkSettings: {},
	});
	const code = end?.exitCode === undefined ? 'a code that is not known' : `exit code ${end.exitCode}`;
	const ended = end === undefined ? 'was not seen to end' : `ended at ${end.at.toISOString()} with ${code}`;
	return {
		target: {...target, labelsDigest: digestOf('')},
		message: `It started at ${start.toISOString()}, ${ended}, and could not be looked at between; the image is what its name stood for then`,
	};
}
