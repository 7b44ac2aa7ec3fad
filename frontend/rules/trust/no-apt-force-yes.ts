import {carelessOption} from './flags.ts';

export const noAptForceYes = carelessOption({
	programs: ['apt-get', 'apt', 'aptitude'],
	options: ['force-yes'],
	means: 'lets apt install packages without a valid signature, and older ones over newer',
	write: 'write -y, and add the key of the repository that needs it',
	instead: {text: '-y', names: ['y', 'yes', 'assume-yes']},
});
