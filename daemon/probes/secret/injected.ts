import {digestOf} from '../../../proto/digest.ts';
import type {ImageConfig} from '../../docker/image-config.ts';
import type {Variable} from '../../docker/settings.ts';

/** Variables that came with the start: names that the image does not have, or has with another value. */
export function injectedIn(
	environment: readonly Variable[],
	image: ImageConfig | undefined,
): readonly Variable[] {
	return environment.filter(({name, value}) => image?.variables.get(name) !== digestOf(value));
}
