import type {Result} from '../proto/buildkit/gateway.ts';
import {FrontendError} from './error.ts';
import type {Gateway} from './gateway/client.ts';
import {type Inspection, MAX_REPORT_BYTES, readInspection, userOf} from './inspection.ts';
import {inspectionOf, REPORT} from './llb/inspect.ts';
import {type Options, platformName} from './options.ts';
import {imageOf, resultsOf} from './self-test.ts';
import {solvedFile} from './solved-file.ts';
import {hasTool, toolFor} from './tool-file.ts';

/**
 * Looks into what was built: the part for the builder's own processor, else the first of several. Undefined where the builder's
 * processor is none that our program is made for. BuildKit keeps the report: the same result is not looked into twice.
 */
export async function inspect(
	gateway: Gateway,
	options: Options,
	result: Result,
): Promise<Inspection | undefined> {
	const parts = resultsOf(result);
	const {builder} = options;
	const own = parts.find(
		({platform}) => platform === undefined || platform.architecture === builder.architecture,
	);
	const part = own ?? parts[0];
	if (part === undefined || !hasTool([builder])) {
		return undefined;
	}

	const image = imageOf(result, part.key);
	const definition = inspectionOf(part.definition, await toolFor(builder), userOption(image), builder);
	const data = await solvedFile(gateway, options, {definition, path: REPORT, most: MAX_REPORT_BYTES});
	const platform = platformName(part.platform ?? options.platforms[0] ?? builder);
	const inspection = readInspection(data, image, platform);
	if (inspection === undefined) {
		throw new FrontendError(
			'FRONTEND_BAD_REPORT',
			'The program that looks into the image gave no report. This is a defect of ours: please report it; "build: {inspect: false}" in the bundle builds without it.',
		);
	}

	return inspection;
}

/** Asks for the user of the configuration, whose name has to be in the image. */
function userOption(image: unknown): readonly string[] {
	const user = userOf(image);
	return /^[\w.+:-]{1,128}$/.test(user) ? [`--user=${user}`] : [];
}
