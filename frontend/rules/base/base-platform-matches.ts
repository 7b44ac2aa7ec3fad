import type {Rule} from '../rule.ts';
import {externalImages} from './external.ts';
import {shownRef} from './image-name.ts';
import {platformFlagOf} from './platform-flag.ts';

/** An image that is there for one platform only is used for any, and breaks when it runs. */
export const basePlatformMatches: Rule = function* (subject) {
	const {needed, references, images, request, file, isOffline} = subject;
	const external = new Set(externalImages(subject, 'from'));
	for (const stage of needed) {
		const [from] = references.get(stage) ?? [];
		if (from?.ref === undefined || !external.has(from)) {
			continue;
		}

		const place = {file, line: from.line};
		if (isOffline === true) {
			const message =
				'Whether the base images are there for the platform that is built shows in the build, which asks the registry.';
			yield {result: 'not-evaluated', message, place};
			return;
		}

		// The builder was asked about the target's platform. Stages with one of their own are BuildKit's to judge.
		const real = images.get(from.ref)?.platform;
		if (real === undefined || request === undefined || platformFlagOf(stage) !== undefined) {
			continue;
		}

		if (machineOf(real) !== machineOf(request.platform)) {
			const message = `${shownRef(from.ref)} is an image for ${real} and the build is for ${shownRef(request.platform)}: use an image that is there for both, or build with --platform=${real}.`;
			yield {result: 'fail', message, place, observed: {platform: real}};
		}
	}
};

/** System and architecture. Variants are left out: an image for arm/v6 runs on v7. */
function machineOf(platform: string): string {
	return platform.split('/').slice(0, 2).join('/');
}
