import {kernelIfSeen, NOT_SEEN} from '../kernel-view.ts';
import {isAmong, listIn} from '../params.ts';
import type {Probe} from '../probe.ts';

export const runNoHostDevices: Probe = async ({target: {settings, privileged}, inside, paramsOf}) => {
	const allowed = listIn(paramsOf('run-no-host-devices'), 'allow');
	const devices = settings.devices.map(({host}) => host);
	const all = [...devices, ...settings.deviceRequests, ...settings.deviceRules];
	const stray = all.filter(each => !isAmong(allowed, each));
	const group = (await kernelIfSeen({inside}))?.group;
	const hasAll = privileged || group?.allDevices === true;
	const observed = {
		declared: {
			devices: settings.devices.slice(0, 16),
			requests: settings.deviceRequests.slice(0, 16),
			rules: settings.deviceRules.slice(0, 16),
			privileged,
		},
		effective: group?.allDevices === undefined ? NOT_SEEN : {allDevices: group.allDevices},
	};
	if (hasAll) {
		return [
			{
				result: 'fail',
				message: privileged
					? 'The container is privileged, and so has every device of the host'
					: 'The kernel lets the container have every device of the host, although it is not privileged',
				observed,
			},
		];
	}

	return [
		stray.length === 0
			? {
					result: 'pass',
					message:
						all.length === 0
							? 'No device of the host is given to the container'
							: 'Only devices that the policy allows are given to the container',
					observed,
				}
			: {
					result: 'fail',
					message: `The host's ${JSON.stringify(stray[0])} is given to the container; drop --device, or name it in the policy`,
					observed,
				},
	];
};
