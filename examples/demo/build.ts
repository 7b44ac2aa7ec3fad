import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import type {EngineHandle} from '../../test/engine/engine.ts';
import {run} from '../../test/engine/run.ts';

export interface Built {
	readonly image: string;
	/** What the build gate says of the Dockerfile, as it shows it. */
	readonly findings: string;
	/** Sizes of all layers together, in bytes: as BuildKit alone builds it, and as the build gate does. */
	readonly plainBytes: number;
	readonly bytes: number;
}

type Say = (line: string) => void;

const IMAGE = 'sallyport-demo/node-api';
const example = fileURLToPath(new URL('../node-api/', import.meta.url));

/** Builds the example twice, without and with its first line, so that both can be compared. */
export async function buildExample(engine: EngineHandle, say: Say): Promise<Built> {
	const {docker, env} = engine;
	const text = await readFile(`${example}Dockerfile`, 'utf8');
	say('building examples/node-api without the line …');
	const plain = text.replace(/^# syntax=.*\n/, '');
	await run(docker, ['build', '-q', '-t', `${IMAGE}:plain`, '-f', '-', example], {env, input: plain});
	say('building examples/node-api with "# syntax=sallyport/frontend:1" …');
	await run(docker, ['build', '-q', '-t', `${IMAGE}:latest`, example], {env});
	return {
		image: `${IMAGE}:latest`,
		findings: await findingsOf(engine),
		plainBytes: await sizeOf(engine, `${IMAGE}:plain`),
		bytes: await sizeOf(engine, `${IMAGE}:latest`),
	};
}

/** The findings step, which a build shows as its error text when it is asked for it. */
async function findingsOf({docker, env}: EngineHandle): Promise<string> {
	const lines: string[] = [];
	const args = ['build', '--progress=plain', '--build-arg', 'SALLYPORT_SHOW=findings', example];
	await run(docker, args, {env, onLine: line => lines.push(line)}).catch(() => undefined);
	const marker = lines.findIndex(line => line.includes('SALLYPORT_SHOW=findings: nothing was built'));
	if (marker === -1) {
		throw new Error(`The build gate did not show its findings:\n${lines.slice(-10).join('\n')}`);
	}

	return lines
		.slice(marker + 1)
		.join('\n')
		.trim();
}

async function sizeOf({docker, env}: EngineHandle, image: string): Promise<number> {
	const answer = await run(docker, ['image', 'inspect', '-f', '{{.Size}}', image], {env});
	return Number(answer.trim());
}
