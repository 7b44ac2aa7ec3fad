import {DaemonError} from '../daemon/error.ts';
import {CliError} from './error.ts';
import {examineContainer, type Verifying} from './verify-container.ts';
import type {Examined} from './verify-examined.ts';
import {examineImage, examineTrial} from './verify-image.ts';
import {examineUrl} from './verify-url.ts';

export interface Asked {
	readonly names: readonly string[];
	readonly isAll: boolean;
	/** Start images, and look at that. */
	readonly run: boolean;
	/** Names are images'. */
	readonly image: boolean;
}

/**
 * Looks at whatever the name means.
 * @throws {DaemonError} and `CliError` for what there is not
 */
export async function examine(
	verifying: Verifying,
	name: string,
	{run, image}: Pick<Asked, 'run' | 'image'>,
	signal: AbortSignal,
): Promise<Examined> {
	if (/^https?:\/\//i.test(name)) {
		return examineUrl(verifying, name, signal);
	}

	// A name that no container can have is an image's; the engine is asked about the others.
	if (run || image || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/.test(name)) {
		return run ? examineTrial(verifying, name, signal) : examineImage(verifying, name);
	}

	try {
		return await examineContainer(verifying, name, signal);
	} catch (error) {
		if (!(error instanceof DaemonError && error.code === 'TARGET_GONE')) {
			throw error;
		}

		return await examineImage(verifying, name).catch((cause: unknown) => {
			throw cause instanceof CliError && cause.code === 'CLI_BAD_INPUT' && /has no image/.test(cause.message)
				? new CliError('CLI_BAD_INPUT', `There is no such container and no such image: ${name}`, {cause})
				: cause;
		});
	}
}
