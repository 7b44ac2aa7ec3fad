import {hasOption, operandsOf} from '../../shell/options.ts';
import {invocationsIn} from '../package/invocations.ts';
import {accounted} from './accounting.ts';
import {type Reader, writes} from './effect.ts';
import {effectsOf} from './effects.ts';
import {startedBy} from './programs.ts';
import type {Candidate, Language, SplitPlan} from './split.ts';
import {systemOf} from './system.ts';

/** PHP: extensions, settings and the application go over to the same image; headers and what Composer called stay behind. */
export const php: Language = {name: 'PHP', plan};

/** Where the official images keep compiled extensions and what switches them on. */
const EXTENSIONS = ['/usr/local/lib/php/extensions', '/usr/local/etc/php', '/usr/local/etc/php-fpm.d'];
/** What Composer fetches and unpacks with. */
const FETCHERS: ReadonlySet<string> = new Set(['git', 'unzip', 'zip', 'p7zip-full', '7zip']);
/** Where the applications of the official images are, when no WORKDIR says so. */
const USUAL = '/var/www/html';

function plan(candidate: Candidate): SplitPlan | undefined {
	const {image, workdir = USUAL, runs, stage, ref} = candidate;
	if (image.name !== 'php' || image.registry !== '' || runs.length === 0 || image.tag.includes('alpine')) {
		return undefined;
	}

	const started = new Set(startedBy(candidate).map(({name}) => name));
	const effects = effectsOf(candidate, phpEffects);
	const isBuilt = effects.some(({effect}) => effect.kind === 'tools');
	const isFpm = image.tag.includes('fpm');
	const {carried, hasAccounts, doubts} = accounted(effects, {
		carried: [workdir, ...(isBuilt ? EXTENSIONS.slice(0, isFpm ? 3 : 2) : [])],
	});
	const slim = {base: {text: stage.base.text, ref}, isSmaller: false};
	const system = systemOf(candidate, {
		effects,
		slim,
		folders: carried,
		isTool: name => FETCHERS.has(name) && !started.has(name),
	});
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
				doubts: [...doubts, ...system.doubts],
			};
}

const HELPERS: ReadonlySet<string> = new Set([
	...['docker-php-ext-install', 'docker-php-ext-configure', 'docker-php-ext-enable', 'docker-php-source'],
]);

const phpEffects: Reader = (command, place) => {
	const {name} = command;
	if (HELPERS.has(name)) {
		return [{kind: 'tools', names: []}];
	}

	if (name === 'pecl') {
		return operandsOf(command)[0]?.value === 'install' ? [{kind: 'tools', names: []}] : undefined;
	}

	const [invocation] = invocationsIn([command]);
	if (invocation?.manager === 'composer') {
		const isGlobal = invocation.verb.startsWith('global') || hasOption(command, 'd', 'working-dir');
		return isGlobal ? undefined : [writes(place.folder, name)];
	}

	return name === 'composer' && operandsOf(command)[0]?.value === 'dump-autoload'
		? [writes(place.folder, name)]
		: undefined;
};
