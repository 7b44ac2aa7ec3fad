import {execFile} from 'node:child_process';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Answer, CheckCase} from '../test/helpers/check-cases.ts';
import {imagesOf} from '../test/helpers/own-checks.ts';

/** What Docker prints of a check. Of warnings only where they begin is of interest. */
interface Printed {
	readonly warnings?: readonly {
		readonly ruleName: string;
		readonly location?: {readonly ranges?: readonly {readonly start: {readonly line: number}}[]};
	}[];
	readonly buildError?: {readonly message: string};
}

/**
 * Asks the engine's own frontend for its checks of one file. Nothing is built.
 * @param base an image that the engine has: it stands in for every other, because none can be fetched
 * @param folder where there is room for the file
 */
export async function askBuildKit(asked: CheckCase, base: string, folder: string): Promise<Answer> {
	const {text, buildArgs, ignore} = asked;
	const context = join(folder, 'context');
	mkdirSync(context, {recursive: true});
	const file = join(folder, 'Dockerfile');
	writeFileSync(file, text);
	rmSync(`${file}.dockerignore`, {force: true});
	if (ignore !== undefined) {
		writeFileSync(`${file}.dockerignore`, ignore);
	}

	// Names with capitals are no images: BuildKit finds a stage of that name, or refuses them itself.
	const images = imagesOf(asked).filter(ref => ref !== base && !/[A-Z]/.test(ref.split(':')[0] ?? ''));
	const args = [
		'build',
		'--call=check,format=json',
		...images.map(ref => `--build-context=${ref}=docker-image://${base}`),
		// Where the file sets its own checks, the argument would take their place.
		...(/^(?:#\s*\w+\s*=.*\n)*#\s*check\s*=/i.test(text)
			? []
			: ['--build-arg=BUILDKIT_DOCKERFILE_CHECK=experimental=all']),
		...Object.entries(buildArgs).map(([name, value]) => `--build-arg=${name}=${value}`),
		`--file=${file}`,
		context,
	];
	const {out, said} = await docker(args);
	if (!out.startsWith('{')) {
		throw new Error(said.slice(-600));
	}

	const {warnings, buildError}: Printed = JSON.parse(out);
	// With `error=true` the warnings themselves are the error.
	const isRefused = buildError !== undefined && !buildError.message.startsWith('lint violation');
	return {warnings: [...new Set((warnings ?? []).map(nameOf))].toSorted(), isRefused};
}

function nameOf({ruleName, location}: NonNullable<Printed['warnings']>[number]): string {
	return `${ruleName}:${location?.ranges?.[0]?.start.line ?? 0}`;
}

function docker(args: readonly string[]): Promise<{readonly out: string; readonly said: string}> {
	const env = {...process.env, DOCKER_BUILDKIT: '1'};
	return new Promise(resolve => {
		execFile('docker', args, {env, maxBuffer: 2 ** 26}, (_error, out, said) => resolve({out, said}));
	});
}
