import {type Digest, digestOf} from '../../proto/digest.ts';
import {variablesIn} from './settings.ts';
import {fieldsOf, keysOf, list, text, texts} from './shapes.ts';

/** What an image brings into each of its containers. */
export interface ImageConfig {
	/** Digest of each variable's value, by its name: to be compared, and no value is kept. */
	readonly variables: ReadonlyMap<string, Digest>;
	/** Such as `8443/tcp`. */
	readonly exposed: readonly string[];
	readonly volumes: readonly string[];
	readonly command: readonly string[];
	readonly user: string;
	/** The branch or tag that it was built from, as its labels say. */
	readonly ref: string | undefined;
	/** What it was built for, as its labels say: `preview`, for instance. */
	readonly purpose: string | undefined;
}

/** The engine's answer about an image → ImageConfig. Whatever is absent is empty. */
export function parseImageConfig(inspected: unknown): ImageConfig {
	const config = fieldsOf(fieldsOf(inspected)['Config']);
	const labels = texts(config['Labels']);
	const label = (name: string): string | undefined =>
		Object.hasOwn(labels, name) ? labels[name]?.slice(0, 256) : undefined;
	return {
		variables: new Map(variablesIn(config['Env']).map(({name, value}) => [name, digestOf(value)])),
		exposed: keysOf(config['ExposedPorts']),
		volumes: keysOf(config['Volumes']),
		command: [...list(config['Entrypoint']), ...list(config['Cmd'])],
		user: text(config['User']),
		ref: label('org.opencontainers.image.ref.name') ?? label('dev.sallyport.ref'),
		purpose: label('dev.sallyport.purpose'),
	};
}
