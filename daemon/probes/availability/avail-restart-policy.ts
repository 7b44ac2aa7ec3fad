import {listIn, numberIn} from '../params.ts';
import type {Probe} from '../probe.ts';

const usual = ['on-failure', 'unless-stopped', 'always'];
const MAX_RETRIES = 10;

export const availRestartPolicy: Probe = async ({target: {settings}, paramsOf}) => {
	const params = paramsOf('avail-restart-policy');
	const {restart, orchestrator} = settings;
	const observed = {policy: restart.policy, retries: restart.retries, orchestrator: orchestrator ?? ''};
	if (orchestrator !== undefined) {
		const message = `${orchestrator} starts this container again, so the engine does not have to`;
		return [{result: 'not-applicable', message, observed}];
	}

	if (!listIn(params, 'policies', usual).includes(restart.policy)) {
		const message =
			restart.policy === 'no'
				? 'Nobody starts the container again when it ends; start with --restart=on-failure:5'
				: `The restart policy ${JSON.stringify(restart.policy)} is not one that the policy allows; use on-failure:5`;
		return [{result: 'fail', message, observed}];
	}

	const most = numberIn(params, 'retries', MAX_RETRIES);
	const isBound = restart.policy !== 'on-failure' || (restart.retries >= 1 && restart.retries <= most);
	return [
		isBound
			? {result: 'pass', message: `The engine starts the container again (${restart.policy})`, observed}
			: {
					result: 'fail',
					message: `The container is started again ${restart.retries === 0 ? 'without end' : `${restart.retries} times`} when it fails; ${most} times are the most. Use --restart=on-failure:5`,
					observed,
				},
	];
};
