import type {Rule} from '../rule.ts';

/** Statements about vulnerabilities are made after the image; one inside it is as old as the image for ever. */
export const vexAttached: Rule = function* ({steps, roleOf, file}) {
	for (const {stage, instruction} of steps) {
		const {keyword, words, json, line} = instruction;
		if ((keyword !== 'COPY' && keyword !== 'ADD') || roleOf(stage) !== 'final') {
			continue;
		}

		const sources = (json ?? words.map(({text}) => text)).slice(0, -1);
		if (sources.some(isVex)) {
			const message =
				'A VEX document is copied into the image, where nobody can correct it: attach it to the image instead, for example with docker scout or cosign attest.';
			yield {result: 'fail', message, place: {file, line}};
		}
	}
};

function isVex(path: string): boolean {
	const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
	return name === 'vex.json' || name.endsWith('.vex.json') || name.endsWith('openvex.json');
}
