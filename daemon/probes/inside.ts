import type {Changes} from '../docker/changes.ts';
import type {ImageConfig} from '../docker/image-config.ts';
import type {SeenKernel} from '../docker/kernel.ts';
import type {LogFile} from '../docker/log-file.ts';
import type {Seen} from '../docker/processes.ts';
import type {SecretFile} from '../docker/secret-files.ts';
import type {Variable} from '../docker/settings.ts';
import type {Remembered} from './remembered.ts';

/** What is inside a container. Functions look when called; each looks once however many probes ask. */
export interface Inside {
	/** Values are for looking at: none is ever shown, logged, signed or kept. */
	readonly environment: readonly Variable[];
	/** What the image brings in; undefined where the engine has the image no more. */
	readonly image: () => Promise<ImageConfig | undefined>;
	readonly kernel: () => Promise<SeenKernel>;
	/** Mount points that are one of these paths of the host or lie above one, links included; undefined where that cannot be seen. */
	readonly reaching: (files: readonly string[]) => Promise<readonly string[] | undefined>;
	/** How its file system differs from the image's. */
	readonly changes: () => Promise<Changes>;
	readonly secrets: () => Promise<Seen<SecretFile>>;
	/** The file in which the engine keeps its output; undefined where it cannot be seen from here. */
	readonly logFile: () => Promise<LogFile | undefined>;
	/** The proxy's configuration as it lies there now; undefined when it cannot be read. */
	readonly proxyConfig: () => Promise<string | undefined>;
	/** Undefined where nothing outlives the look. */
	readonly remembered: Remembered | undefined;
}
