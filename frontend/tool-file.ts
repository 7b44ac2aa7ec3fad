import {readFile} from 'node:fs/promises';
import type {Platform} from './options.ts';

/** Architectures that the program is there for. */
const architectures: readonly string[] = ['amd64', 'arm64'];

/** Whether the program runs on all of these. */
export function hasTool(platforms: readonly Platform[]): boolean {
	return platforms.every(({os, architecture}) => os === 'linux' && architectures.includes(architecture));
}

/** The program for an architecture, as it lies in the frontend's image. */
export async function toolFor({architecture}: Platform): Promise<Uint8Array> {
	return readFile(`/sallyport/tool/tool-${architecture === 'arm64' ? 'arm64' : 'amd64'}`);
}
