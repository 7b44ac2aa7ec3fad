import type {Engine} from './engine.ts';
import {isOurs} from './proc.ts';
import type {Target} from './target.ts';

type Where = Pick<Target, 'id' | 'pid' | 'addresses' | 'published' | 'networkMode'>;

/** A socket of this host, or what is reached over loopback alone. */
const LOCAL = /^(?:unix:\/\/|tcp:\/\/(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::|$))/;

/**
 * The container with addresses that are its own as seen from here: those that another machine's engine tells are somebody else's
 * on this one. A container whose process is in our /proc runs here, whatever way its engine is asked.
 */
export async function seenFromHere<T extends Where>(
	target: T,
	{address, homeOf}: Pick<Engine, 'address' | 'homeOf'>,
	proc = '/proc',
): Promise<T> {
	const isHere = LOCAL.test(homeOf?.(target.id) ?? address) || (await isOurs(target.pid, target.id, proc));
	return isHere ? target : {...target, addresses: [], published: [], networkMode: 'elsewhere'};
}
