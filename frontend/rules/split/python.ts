import {hasOption, operandsOf, optionValue, optionValues} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {invocationsIn} from '../package/invocations.ts';
import {baseName} from '../secret/paths.ts';
import {accounted} from './accounting.ts';
import {type Effect, type Place, type Reader, unknown, writes} from './effect.ts';
import {effectsOf} from './effects.ts';
import {slimBaseOf} from './slim.ts';
import type {Candidate, Doubt, Language, SplitPlan} from './split.ts';
import {systemOf} from './system.ts';

/** Python: what pip has installed and the application's folder go over to the slim image of the same version. */
export const python: Language = {name: 'Python', plan};

function plan(candidate: Candidate): SplitPlan | undefined {
	const {image, workdir, runs} = candidate;
	const slim = slimBaseOf(candidate, 'first');
	if (image.name !== 'python' || image.registry !== '' || slim === undefined || runs.length === 0) {
		return undefined;
	}

	const version = versionOf(candidate);
	const effects = effectsOf(candidate, pythonEffects);
	const libraries = `/usr/local/lib/python${version ?? '3'}/site-packages`;
	const installed = [libraries, '/usr/local/bin'];
	const {carried, hasAccounts, doubts} = accounted(effects, {
		carried: [...installed, ...(workdir === undefined ? [] : [workdir])],
	});
	const system = systemOf(candidate, {effects, slim, folders: carried});
	if (system.leaves === undefined) {
		return undefined;
	}

	return {
		leaves: system.leaves,
		base: slim.base,
		prepare: system.prepare,
		install: system.install,
		carried,
		hasAccounts,
		keepsOwners: true,
		doubts: [
			...doubts,
			...system.doubts,
			...(version === undefined
				? [{why: 'its tag does not tell the version of Python', line: undefined}]
				: []),
			...(workdir === undefined ? [{why: 'no WORKDIR tells where the application is', line: undefined}] : []),
			...packageDoubts(candidate),
		],
	};
}

/** `3.13`, by the tag, or by what the image says itself. */
function versionOf({image: {tag}, subject, ref}: Candidate): string | undefined {
	const told = subject.images.get(ref)?.env?.['PYTHON_VERSION'] ?? tag;
	return /^3\.\d{1,2}(?=\D|$)/.exec(told)?.[0];
}

const pythonEffects: Reader = (command, place) => {
	const [invocation] = invocationsIn([command]);
	const {name} = command;
	if (invocation?.manager === 'pip' && name !== 'pipx') {
		return invocation.act === 'install' ? pipEffects(command, place) : [];
	}

	if (invocation?.manager === 'uv') {
		return uvEffects(command, place, invocation.verb);
	}

	if (/^pip3?(?:\.\d{1,2})?$/.test(name)) {
		return ['config', 'list', 'freeze', 'check', 'show', 'cache'].includes(command.args[0]?.text ?? '')
			? []
			: undefined;
	}

	return /^python(?:3(?:\.\d{1,2})?)?$/.test(name) ? interpreterEffects(command, place) : undefined;
};

/** Into the folder of all packages, unless it is told another one. */
function pipEffects(command: Command, place: Place): readonly Effect[] {
	if (hasOption(command, 'root', 'prefix', 'src', 'b', 'build')) {
		return [unknown('pip')];
	}

	const target = optionValue(command, 't', 'target');
	if (hasOption(command, 't', 'target')) {
		return [writes(target?.startsWith('/') === true ? target : place.folder, 'pip')];
	}

	// As another user than root, pip falls back to that user's own folder.
	const isRoot = place.user === undefined || place.user === 'root' || place.user === '0';
	if (!isRoot) {
		return [unknown('pip, by a user without rights,')];
	}

	return hasOption(command, 'user') ? [{kind: 'writes', path: '/root/.local'}] : [];
}

function uvEffects(command: Command, {folder}: Place, verb: string): readonly Effect[] {
	const isSystem = hasOption(command, 'system') || command.script.text.includes('UV_SYSTEM_PYTHON');
	if (verb === 'sync' && folder !== undefined) {
		return [{kind: 'writes', path: folder}];
	}

	return verb.startsWith('pip') && isSystem ? [] : [unknown('uv')];
}

/** Commands of Django that only write what belongs to the application. */
const MANAGED: ReadonlySet<string> = new Set(['collectstatic', 'compilemessages', 'compress', 'check']);

function interpreterEffects(command: Command, place: Place): readonly Effect[] | undefined {
	const module = optionValue(command, 'm');
	if (module === 'venv') {
		return [writes(place.path(operandsOf(command, {withValue: ['m', 'prompt']})[0]), 'venv')];
	}

	if (module === 'compileall' || module === 'ensurepip') {
		return [];
	}

	const [script, verb] = operandsOf(command, {withValue: ['m', 'c', 'W', 'X']}).map(place.text);
	const isManaged = module === undefined && baseName(script ?? '') === 'manage.py' && MANAGED.has(verb ?? '');
	return isManaged && place.folder !== undefined ? [{kind: 'writes', path: place.folder}] : undefined;
}

/** Packages that call other programs, or load libraries by name: what those are nobody sees in the image. */
const RELUCTANT: ReadonlySet<string> = new Set([
	...['gitpython', 'playwright', 'pyppeteer', 'weasyprint', 'cairosvg', 'cairocffi', 'wand', 'python-magic'],
	...[
		'pyvips',
		'pyenchant',
		'jupyter',
		'jupyterlab',
		'notebook',
		'ansible',
		'dvc',
		'pypandoc',
		'pytesseract',
	],
	...[
		'pdf2image',
		'moviepy',
		'ffmpeg-python',
		'pydub',
		'sh',
		'graphviz',
		'pydot',
		'numba',
		'torch',
		'tensorflow',
	],
	...[
		'triton',
		'cython',
		'cffi-backend',
		'pyinstaller',
		'nuitka',
		'mercurial',
		'pygit2',
		'dulwich',
		'geodjango',
	],
]);

function packageDoubts({runs, manifests, subject}: Candidate): readonly Doubt[] {
	const installs = runs
		.flatMap(({commands}) => invocationsIn(commands))
		.filter(({manager, act}) => act === 'install' && (manager === 'pip' || manager === 'uv'));
	return installs.flatMap(({command, operands}) => {
		const {line} = command;
		const files = optionValues(command, 'r', 'requirement');
		const unread = files.find(file => textOf(manifests, file) === undefined);
		if (unread !== undefined || (files.length > 0 && subject.manifests === undefined)) {
			return [{why: `which packages ${unread ?? 'it'} names was not read`, line}];
		}

		const names = [
			...operands.map(({value}) => value ?? ''),
			...files.flatMap(file => (textOf(manifests, file) ?? '').split('\n')),
		].map(nameIn);
		const found = names.find(name => RELUCTANT.has(name));
		const more = names.includes('-r') || names.includes('--requirement');
		return [
			...(found === undefined
				? []
				: [{why: `${found} uses programs or libraries that nothing here names`, line}]),
			...(more ? [{why: 'its list of packages names another list', line}] : []),
		];
	});
}

/** The text of a list of packages in the root of the context or a folder of it. */
function textOf(manifests: ReadonlyMap<string, string>, file: string): string | undefined {
	const plain = file.replace(/^(?:\.\/|\/)/, '');
	return manifests.get(plain) ?? [...manifests].find(([path]) => baseName(path) === baseName(plain))?.[1];
}

function nameIn(line: string): string {
	return (
		line
			.trim()
			.toLowerCase()
			.replaceAll('_', '-')
			.split(/[^\w.-]/, 1)[0] ?? ''
	);
}
