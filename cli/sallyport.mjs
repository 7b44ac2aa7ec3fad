#!/usr/bin/env node
// Where the sources lie beside this file, they run; in a package, where Node reads no TypeScript, what was made of them.
import {existsSync} from 'node:fs';
import {enableCompileCache} from 'node:module';
import {homedir} from 'node:os';
import {join} from 'node:path';

// Compiled code is kept between runs; not in /tmp, where others could leave some for us.
enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sallyport/node'));
const source = new URL('main.ts', import.meta.url);
const {start} = await import(existsSync(source) ? source.href : '../dist/app/cli/main.mjs');
await start();
