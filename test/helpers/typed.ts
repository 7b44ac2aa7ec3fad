import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {run} from '../../cli/main.ts';

/** Files in a folder of their own, gone when the test is. Gives paths in it. */
export function folderWith(
	t: ExecutionContext,
	files: Readonly<Record<string, string>>,
): (name: string) => string {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const path = (name: string): string => join(folder, name);
	for (const [name, content] of Object.entries(files)) {
		mkdirSync(dirname(path(name)), {recursive: true});
		writeFileSync(path(name), content);
	}

	return path;
}

export interface Ran {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

export interface Typing {
	readonly env?: Readonly<Record<string, string>>;
	readonly isTTY?: boolean;
	readonly stdin?: string;
	readonly columns?: number;
}

/** A command as it is typed, in this process. */
export async function typed(
	args: readonly string[],
	{env = {}, isTTY = false, stdin = '', columns = 100}: Typing = {},
): Promise<Ran> {
	let out = '';
	let err = '';
	const code = await run(args, {
		env,
		stdin: piped(stdin),
		stdout: {write: text => (out += text), isTTY, columns},
		stderr: {write: text => (err += text)},
	});
	return {code, out, err};
}

async function* piped(text: string): AsyncGenerator<string> {
	yield text;
}
