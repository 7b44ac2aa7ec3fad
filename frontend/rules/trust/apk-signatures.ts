import {carelessOption} from './flags.ts';

export const apkSignatures = carelessOption({
	programs: ['apk'],
	options: ['allow-untrusted'],
	means: 'lets apk install packages that nobody has signed, or that somebody has changed on the way',
	write: "leave it out, and put the maker's public key into /etc/apk/keys first",
});
