// Makes dist/, or the folder that is named: the command as JavaScript that any Node 24 runs, without TypeScript and without node_modules. Each command is a
// file of its own, so that `check` does not load what only the daemon needs.
import {cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {build} from 'esbuild';

const root = import.meta.dirname;
const final = resolve(process.argv[2] ?? join(root, 'dist'));
// Made beside and put in place whole: what was there stays until then.
const dist = `${final}.new`;
rmSync(dist, {recursive: true, force: true});

// Packages that are CommonJS want a `require`. Two optional parts of dockerode's SSH client are native; it works without them.
const banner = `import {createRequire as _createRequire} from 'node:module'; const require = _createRequire(import.meta.url); const __dirname = import.meta.dirname;`;
await build({
	absWorkingDir: root,
	entryPoints: ['cli/main.ts', 'cli/check-thread.ts'],
	bundle: true,
	splitting: true,
	platform: 'node',
	target: 'node24',
	format: 'esm',
	outdir: join(dist, 'app/cli'),
	outExtension: {'.js': '.mjs'},
	external: ['cpu-features', '*.node'],
	banner: {js: banner},
	logLevel: 'error',
});

// Files that are read at run time lie where their readers look, seen from the bundle's own folder.
mkdirSync(join(dist, 'app/policies'), {recursive: true});
cpSync(join(root, 'policies/bundles'), join(dist, 'app/policies/bundles'), {
	recursive: true,
	filter: path => !path.endsWith('.json'),
});
mkdirSync(join(dist, 'proto'));
for (const name of readdirSync(join(root, 'proto')).filter(file => file.endsWith('.proto'))) {
	cpSync(join(root, 'proto', name), join(dist, 'proto', name));
}

// Bundles are parsed now, so that the YAML parser is not loaded to read the ones that come with us.
const {prepareBundles} = await import('./frontend/bundles.ts');
await prepareBundles(pathToFileURL(`${join(dist, 'app/policies/bundles')}/`));

// The cache of compiled code must be on before anything large is loaded: that is why this file is its own. It is the user's own
// folder and not /tmp, where others could leave code for us.
writeFileSync(
	join(dist, 'sallyport.mjs'),
	`#!/usr/bin/env node
import {enableCompileCache} from 'node:module';
import {homedir} from 'node:os';
import {join, resolve} from 'node:path';

enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sallyport/node'));
const {start} = await import('./app/cli/main.mjs');
await start();
`,
	{mode: 0o755},
);
rmSync(final, {recursive: true, force: true});
renameSync(dist, final);
process.stdout.write(`${join(final, 'sallyport.mjs')}\n`);
