import {VERSION} from '../../proto/version.ts';

/** How probes identify themselves, so that whoever reads an access log knows who asked. */
export const USER_AGENT = `sallyport-daemon/${VERSION}`;
