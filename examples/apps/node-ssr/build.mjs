import {build} from 'esbuild';

await build({
	entryPoints: ['src/server.jsx'],
	outfile: 'dist/server.mjs',
	bundle: true,
	platform: 'node',
	format: 'esm',
	packages: 'external',
	jsx: 'automatic',
});
await build({entryPoints: ['src/client.jsx'], outfile: 'dist/public/client.js', bundle: true, minify: true, jsx: 'automatic'});
