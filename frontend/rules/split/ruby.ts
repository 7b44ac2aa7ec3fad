import {hasOption, operandsOf} from '../../shell/options.ts';
import {invocationsIn} from '../package/invocations.ts';
import {baseName} from '../secret/paths.ts';
import {accounted} from './accounting.ts';
import {type Reader, writes} from './effect.ts';
import {effectsOf} from './effects.ts';
import {slimBaseOf} from './slim.ts';
import type {Candidate, Doubt, Language, SplitPlan} from './split.ts';
import {systemOf} from './system.ts';

/** Ruby: the gems and the application's folder go over to the slim image of the same version. */
export const ruby: Language = {name: 'Ruby', plan};

/** Where the official images have gems installed, by GEM_HOME. */
const GEMS = '/usr/local/bundle';

function plan(candidate: Candidate): SplitPlan | undefined {
	const {image, workdir, runs} = candidate;
	const slim = slimBaseOf(candidate, 'first');
	if (image.name !== 'ruby' || image.registry !== '' || slim === undefined || runs.length === 0) {
		return undefined;
	}

	const effects = effectsOf(candidate, rubyEffects);
	const {carried, hasAccounts, doubts} = accounted(effects, {
		carried: [GEMS, ...(workdir === undefined ? [] : [workdir])],
	});
	const system = systemOf(candidate, {effects, slim, folders: carried});
	return system.leaves === undefined
		? undefined
		: {
				leaves: system.leaves,
				base: slim.base,
				prepare: system.prepare,
				install: system.install,
				carried,
				hasAccounts,
				keepsOwners: true,
				doubts: [...doubts, ...system.doubts, ...gemDoubts(candidate)],
			};
}

/** Tasks that write into the application's own folder. */
const TASKS = /^(?:assets:precompile|assets:clean|bootsnap|tmp:\w{1,20}|webpacker:compile|vite:build)$/;

const rubyEffects: Reader = (command, place) => {
	const {name} = command;
	const [invocation] = invocationsIn([command]);
	const words = operandsOf(command).map(place.text);
	if (name === 'bundle' || name === 'bundler') {
		return bundleEffects(words, invocation?.act === 'install') ? [writes(place.folder, name)] : undefined;
	}

	if (name === 'gem') {
		const isElsewhere = hasOption(command, 'i', 'install-dir', 'n', 'bindir', 'user-install');
		return isElsewhere || invocation === undefined ? undefined : [];
	}

	const isTask = name === 'rails' || name === 'rake';
	return isTask && words.every(word => TASKS.test(word ?? '')) ? [writes(place.folder, name)] : undefined;
};

/** Gems go to their own folder, settings there or into the application's. */
function bundleEffects(
	[verb, program, ...tasks]: readonly (string | undefined)[],
	isInstall: boolean,
): boolean {
	if (verb === 'exec') {
		const name = baseName(program ?? '');
		return (
			(name === 'rails' || name === 'rake' || name === 'bootsnap') &&
			tasks.every(task => TASKS.test(task ?? '') || task === 'precompile' || task?.includes('/') === true)
		);
	}

	return isInstall || verb === 'config' || verb === 'clean' || verb === 'check' || verb === 'lock';
}

/** Gems that call programs, or load libraries by name. */
const RELUCTANT =
	/^\s{0,8}gem\s{1,8}['"](mini_magick|ruby-vips|image_processing|wicked_pdf|pdfkit|grover|git|ferrum|selenium-webdriver|ffi-[\w-]{1,40}|rmagick|barby|tesseract[\w-]{0,20}|poppler|streamio-ffmpeg)['"]/m;

function gemDoubts({manifests, subject, workdir}: Candidate): readonly Doubt[] {
	const text = manifests.get('Gemfile');
	const [, found] = RELUCTANT.exec(text ?? '') ?? [];
	const whys = [
		workdir === undefined ? 'no WORKDIR tells where the application is' : undefined,
		subject.manifests === undefined || text === undefined ? 'its Gemfile was not read' : undefined,
		found === undefined ? undefined : `${found} uses programs or libraries that nothing here names`,
	];
	return whys.flatMap(why => (why === undefined ? [] : [{why, line: undefined}]));
}
