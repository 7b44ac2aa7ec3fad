import {execFileSync} from 'node:child_process';
import {copyFileSync, existsSync, mkdirSync, mkdtempSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const NAME = 'dockerfile-frontend';
const folder = join(homedir(), '.cache/sallyport/peers', NAME);
const source = fileURLToPath(new URL('builtin/', import.meta.url));

/**
 * A build context whose image is BuildKit's own Dockerfile frontend; built once with Go and kept in the cache.
 * @returns undefined where there is no Go to build it with
 */
export function builtinImageContext(): string | undefined {
	const binary = join(folder, NAME);
	if (!existsSync(binary) && !isBuilt(binary)) {
		return undefined;
	}

	const context = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
	copyFileSync(join(source, 'Dockerfile'), join(context, 'Dockerfile'));
	copyFileSync(binary, join(context, NAME));
	return context;
}

function isBuilt(binary: string): boolean {
	mkdirSync(folder, {recursive: true});
	copyFileSync(join(source, 'go.mod'), join(folder, 'go.mod'));
	try {
		const command = `github.com/moby/buildkit/frontend/dockerfile/cmd/${NAME}`;
		execFileSync('go', ['build', '-ldflags=-s -w', '-o', binary, command], {
			cwd: folder,
			stdio: ['ignore', 'ignore', 'inherit'],
			env: {...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod'},
		});
		return true;
	} catch {
		return false;
	}
}
