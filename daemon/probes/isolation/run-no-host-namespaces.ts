import type {Kernel} from '../../docker/kernel.ts';
import type {Namespace} from '../../docker/settings.ts';
import {kernelIfSeen, NOT_SEEN} from '../kernel-view.ts';
import type {Probe} from '../probe.ts';

/** The user namespace is the host's wherever users are not remapped: only whoever asks for that gives something away. */
const judged = ['network', 'pid', 'ipc', 'uts', 'user'] as const satisfies readonly Namespace[];

/** As the kernel calls them. */
const kernels: Readonly<Record<string, NonNullable<Kernel['shared']>[number]>> = {
	network: 'net',
	pid: 'pid',
	ipc: 'ipc',
	uts: 'uts',
};

export const runNoHostNamespaces: Probe = async ({target: {settings}, inside}) => {
	const {namespaces} = settings;
	const shared = (await kernelIfSeen({inside}))?.shared;
	const declared = judged.filter(name => namespaces[name] === 'host');
	const effective = judged.filter(name => shared?.some(each => each === kernels[name]));
	const all = judged.filter(name => declared.includes(name) || effective.includes(name));
	const observed = {shared: all, declared: namespaces, effective: shared ?? NOT_SEEN};
	if (all.length === 0) {
		return [{result: 'pass', message: "None of the host's namespaces is shared", observed}];
	}

	const undeclared = effective.filter(name => !declared.includes(name));
	return [
		{
			result: 'fail',
			message:
				undeclared.length > 0
					? `The kernel shows the host's ${undeclared.join(' and ')} namespace inside, although nobody asked for that`
					: `The container shares the host's ${all.join(', ')} namespace${all.length > 1 ? 's' : ''}; remove ${all.map(name => optionOf(name)).join(', ')}`,
			observed,
		},
	];
};

function optionOf(name: (typeof judged)[number]): string {
	return name === 'user' ? '--userns=host' : `--${name}=host`;
}
