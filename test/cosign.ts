import {existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {mirrorOf} from './engine/debian.ts';
import {withLock} from './engine/lock.ts';
import {run} from './engine/run.ts';

/** Debian's release that carries cosign 2.5; its binary asks for no newer libc than Debian 12 has. */
const SUITE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Path of a `cosign` from Debian trixie, unpacked once into the cache and never installed. apt checks the archive's
 * signatures as it always does, in folders of its own, so the machine's own package lists stay as they are.
 * @throws {Error} saying what is missing: the oracle is not optional, a test that can't ask it fails
 */
export async function cosign(): Promise<string> {
	const cache = process.env['SALLYPORT_CACHE'] ?? join(homedir(), '.cache', 'sallyport');
	const tools = join(cache, 'tools');
	const home = join(tools, `cosign-${SUITE}`);
	const binary = join(home, 'usr', 'bin', 'cosign');
	mkdirSync(tools, {recursive: true, mode: 0o700});
	await withLock(join(tools, 'cosign.lock'), async () => {
		if (!existsSync(binary)) {
			await fetch(tools, home);
		}
	});
	return binary;
}

async function fetch(tools: string, home: string): Promise<void> {
	const work = mkdtempSync(join(tools, 'fetch-'));
	try {
		for (const folder of ['state/lists/partial', 'cache/archives/partial', 'parts', 'root']) {
			mkdirSync(join(work, folder), {recursive: true});
		}

		writeFileSync(
			join(work, 'sources.list'),
			`deb [signed-by=${KEYRING}] ${mirrorOf().archive} ${SUITE} main\n`,
		);
		writeFileSync(join(work, 'status'), '');
		const apt = (...command: string[]) => run('apt-get', [...optionsIn(work), ...command], {cwd: work});
		await apt('update');
		await apt('download', 'cosign');
		const [file] = readdirSync(work).filter(name => name.endsWith('.deb'));
		await run('dpkg-deb', ['-x', join(work, String(file)), join(work, 'root')]);
		// Beside its place first, so that an interrupted run leaves nothing half made.
		rmSync(home, {recursive: true, force: true});
		renameSync(join(work, 'root'), home);
	} catch (cause) {
		const message = `cosign could not be fetched from Debian ${SUITE}; it needs apt-get and a Debian mirror in /etc/apt`;
		throw new Error(message, {cause});
	} finally {
		rmSync(work, {recursive: true, force: true});
	}
}

function optionsIn(work: string): readonly string[] {
	const settings = {
		'Dir::Etc::sourcelist': join(work, 'sources.list'),
		'Dir::Etc::sourceparts': join(work, 'parts'),
		'Dir::State': join(work, 'state'),
		'Dir::State::status': join(work, 'status'),
		'Dir::Cache': join(work, 'cache'),
		'APT::Sandbox::User': 'root',
		'Acquire::Languages': 'none',
	};
	return ['-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}
