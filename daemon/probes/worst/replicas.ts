import type {Worst} from '../probe.ts';
import {worstContainer} from './container.ts';

/** A service of one unhealthy container, under a policy that wants two. */
export const worstReplicas: Worst = async signal => {
	const {subject, close} = await worstContainer(signal);
	return {subject: {...subject, paramsOf: () => ({min: 2})}, close};
};
