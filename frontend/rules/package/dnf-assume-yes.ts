import {assumesYes} from './assume-yes.ts';

export const dnfAssumeYes = assumesYes({
	managers: ['yum', 'dnf'],
	option: '-y',
	goesAfter: 'verb',
	setting: /assumeyes/i,
});
