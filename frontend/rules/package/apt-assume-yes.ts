import {assumesYes} from './assume-yes.ts';

export const aptAssumeYes = assumesYes({
	managers: ['apt'],
	option: '-y',
	goesAfter: 'verb',
	setting: /Assume-Yes/i,
});
