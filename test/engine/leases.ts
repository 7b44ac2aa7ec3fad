import {randomUUID} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {boot, startOf} from './processes.ts';

/** Notes that this process uses the engine. @returns the file to remove when it no longer does */
export function takeLease(folder: string): string {
	mkdirSync(folder, {recursive: true, mode: 0o700});
	const lease = join(folder, `${process.pid}.${randomUUID()}`);
	writeFileSync(lease, nameOf(process.pid), {mode: 0o600});
	return lease;
}

/** The ids of the living processes that use the engine; leases of the dead are removed on the way. */
export function leasesIn(folder: string): number[] {
	mkdirSync(folder, {recursive: true, mode: 0o700});
	return readdirSync(folder).flatMap(name => {
		const pid = Number.parseInt(name, 10);
		const lease = join(folder, name);
		if (textOf(lease) === nameOf(pid)) {
			return [pid];
		}

		rmSync(lease, {force: true});
		return [];
	});
}

/** Process ids come round again; with the boot and the time of its start one names a process for good. */
function nameOf(pid: number): string {
	return `${boot()} ${startOf(pid)}`;
}

function textOf(lease: string): string | undefined {
	try {
		return readFileSync(lease, 'utf8');
	} catch {
		// Its holder gave it back between being listed and being read.
		return undefined;
	}
}
