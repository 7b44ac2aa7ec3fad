import {assumesYes} from './assume-yes.ts';

export const zypperNonInteractive = assumesYes({
	managers: ['zypper'],
	option: '--non-interactive',
	goesAfter: 'program',
});
