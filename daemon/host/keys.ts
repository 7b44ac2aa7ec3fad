import {stat} from 'node:fs/promises';
import {join} from 'node:path';

/** A signing key's file, as everybody on this host could see it; what is in it is not read. */
export interface KeyFile {
	readonly name: string;
	/** Permission bits. */
	readonly mode: number;
	readonly isOurs: boolean;
	readonly writtenAt: Date;
}

/** Who signs what was seen, and who keeps the order of it. */
export const keyNames = ['attestation.key', 'log.key'] as const;

/** The keys in a state folder that are there. */
export async function readKeyFiles(state: string): Promise<readonly KeyFile[]> {
	const found = await Promise.all(
		keyNames.map(async name => {
			const file = await stat(join(state, name)).catch(() => undefined);
			return file === undefined
				? []
				: [
						{
							name,
							mode: file.mode & 0o777,
							isOurs: file.uid === process.getuid?.(),
							writtenAt: file.mtime,
						},
					];
		}),
	);
	return found.flat();
}
