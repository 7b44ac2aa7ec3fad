import {fileURLToPath} from 'node:url';
import type {EngineHandle} from './engine.ts';
import {ensureImages} from './images.ts';
import {type Progress, run} from './run.ts';

/** Our own images, under the names users know, and the targets of the Dockerfile they come from. */
export const product = {
	'sallyport/proxy-nginx:1': 'proxy-nginx',
	'sallyport/proxy-traefik:1': 'proxy-traefik',
	'sallyport/frontend:1': 'frontend',
	'sallyport/daemon:1': 'daemon',
} as const;

/** Traefik is two hundred megabytes: the tests that need it ask for it. */
const usual: readonly (keyof typeof product)[] = [
	'sallyport/proxy-nginx:1',
	'sallyport/frontend:1',
	'sallyport/daemon:1',
];

/** What our own Dockerfile is built from. */
const bases: readonly string[] = ['debian:trixie-slim', 'debian:bookworm-slim', 'node:24-bookworm-slim'];

export interface ProductOptions {
	readonly progress?: Progress;
	readonly signal?: AbortSignal | undefined;
	/** Only these images; by default what most tests need. */
	readonly only?: readonly (keyof typeof product)[];
}

/** Builds our images on the engine as they are in this checkout. Cheap when nothing changed: every step is cached there. */
export async function ensureProduct(engine: EngineHandle, options: ProductOptions = {}): Promise<void> {
	const {progress = () => {}, signal, only = usual} = options;
	await ensureImages(engine, bases, {progress, signal});
	const folder = fileURLToPath(new URL('../../', import.meta.url));
	for (const name of only) {
		const since = Date.now();
		let told = since;
		progress(`building ${name} …`);
		await run(engine.docker, ['build', '--progress=plain', '--target', product[name], '-t', name, folder], {
			env: engine.env,
			signal,
			// Silence is what makes a person press ^C; one line in ten seconds is enough to know that it lives.
			onLine: line => {
				if (Date.now() - told > 10_000) {
					told = Date.now();
					progress(`  ${line.slice(0, 100)}`);
				}
			},
		});
		progress(`  ${name} is there (${((Date.now() - since) / 1000).toFixed(1)} s)`);
	}
}
