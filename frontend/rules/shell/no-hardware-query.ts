import type {Command} from '../../shell/script.ts';
import {ranScripts} from '../ran.ts';
import type {Rule} from '../rule.ts';

const QUERIES: ReadonlySet<string> = new Set([
	...[
		'nvidia-smi',
		'rocm-smi',
		'rocminfo',
		'clinfo',
		'vulkaninfo',
		'lspci',
		'lsusb',
		'lshw',
		'dmidecode',
		'hwinfo',
	],
	...['xpu-smi', 'deviceQuery', 'nvidia-debugdump', 'glxinfo', 'vainfo'],
]);
const ASKS = [
	'cuda.is_available()',
	'cuda.device_count()',
	'list_physical_devices(',
	'get_device_capability(',
];

export const noHardwareQuery: Rule = function* (subject) {
	const {file} = subject;
	for (const command of ranScripts(subject).flatMap(({commands}) => commands)) {
		if (!command.isConditional && isQuery(command)) {
			const message = `${command.name} asks the machine that builds, not the one that will run the image: ask when the container starts, or say what you build for (TORCH_CUDA_ARCH_LIST, CMAKE_CUDA_ARCHITECTURES).`;
			yield {result: 'fail', message, place: {file, line: command.line}};
		}
	}
};

function isQuery({name, args}: Command): boolean {
	const isHelp = args.some(({text}) => /^-(?:-help|-version|h|V)$/.test(text));
	return QUERIES.has(name)
		? !isHelp
		: /^python\d?(?:\.\d+)?$/.test(name) && args.some(({unquoted}) => asks(unquoted));
}

function asks(code: string): boolean {
	return ASKS.some(ask => code.includes(ask));
}
