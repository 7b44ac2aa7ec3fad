import {carelessOption} from './flags.ts';

export const rpmSignatures = carelessOption({
	programs: ['rpm'],
	options: ['nosignature', 'nodigest', 'noverify', 'nofiledigest'],
	means: 'lets rpm install a package that nobody has signed, or that is damaged',
	write: "leave it out, and import the maker's key with rpm --import first",
});
