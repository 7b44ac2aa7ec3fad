import {isAmong, listIn, textIn} from '../params.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';

/** What an image is built for when it is not built for visitors. */
const unfit = ['preview', 'dev*', 'test*', 'staging', 'debug', 'ci', 'local'];
const usualRefs = ['main', 'master', 'release/*', 'v*'];

export const chgEnvSeparation: Probe = async ({target, inside, paramsOf}) => {
	const params = paramsOf('chg-env-separation');
	const environment = textIn(params, 'environment');
	if (environment === undefined) {
		return [
			unseen(
				'The policy does not say what kind of host this is; set the parameter environment, such as prod',
			),
		];
	}

	if (!/^prod(?:uction)?$/i.test(environment)) {
		const message = `The policy calls this host ${JSON.stringify(environment.slice(0, 64))}, which is not production`;
		return [{result: 'not-applicable', message, observed: {environment}}];
	}

	const image = await inside.image();
	return image === undefined
		? [unseen('The engine has the image no more, so nobody can tell what it was built from', {environment})]
		: [
				judge(
					{ref: plain(image.ref), purpose: image.purpose},
					listIn(params, 'protectedRefs', usualRefs),
					target.image.reference,
				),
			];
};

function judge(
	{ref, purpose}: {readonly ref: string | undefined; readonly purpose: string | undefined},
	protectedRefs: readonly string[],
	reference: string,
): ProbeFinding {
	const observed = {
		ref: ref ?? '',
		purpose: purpose ?? '',
		protectedRefs: protectedRefs.slice(0, 16),
		reference,
	};
	if (purpose !== undefined && isAmong(unfit, purpose.toLowerCase())) {
		const message = `The image was built for ${JSON.stringify(purpose)}, and runs in production; promote it through a protected branch`;
		return {result: 'fail', message, observed};
	}

	if (ref === undefined) {
		const message =
			'The image does not say which branch or tag it was built from; set the label org.opencontainers.image.ref.name when it is built';
		return {result: 'fail', message, observed};
	}

	return isAmong(
		protectedRefs.map(each => plain(each) ?? each),
		ref,
	)
		? {
				result: 'pass',
				message: `The image was built from ${JSON.stringify(ref)}, which is protected`,
				observed,
			}
		: {
				result: 'fail',
				message: `The image was built from ${JSON.stringify(ref)}, which is not protected, and runs in production; promote it through a protected branch`,
				observed,
			};
}

function plain(ref: string | undefined): string | undefined {
	return ref?.replace(/^refs\/(?:heads|tags)\//, '').slice(0, 200);
}
