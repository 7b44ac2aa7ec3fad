import {spawn} from 'node:child_process';
import type {EngineHandle} from '../engine/engine.ts';
import {openDocker} from './docker.ts';

/** Copies images from the engine that all tests share, where they were built. */
export async function hand(to: EngineHandle, ...images: readonly string[]): Promise<void> {
	const {engine: from} = await openDocker();
	const save = spawn(from.docker, ['image', 'save', ...images], {
		env: {...process.env, ...from.env},
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const load = spawn(to.docker, ['image', 'load', '-q'], {
		env: {...process.env, ...to.env},
		stdio: [save.stdout, 'ignore', 'inherit'],
	});
	await new Promise<void>((resolve, reject) => {
		load.on('error', reject);
		load.on('close', code =>
			code === 0 ? resolve() : reject(new Error(`docker image load failed with exit code ${code}`)),
		);
	});
}
