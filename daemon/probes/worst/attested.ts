import type {Worst} from '../probe.ts';
import {worstContainer} from './container.ts';
import {badProxy, promisedBy} from './contract.ts';

/** The worst container, with a contract that can be believed and that it does not keep. */
export const worstAttested: Worst = async signal => {
	const {subject, close} = await worstContainer(signal);
	return {
		subject: {...subject, promised: promisedBy(badProxy)},
		close,
	};
};
