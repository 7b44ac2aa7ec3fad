import type {Rule} from '../rule.ts';

const WAYS: ReadonlyMap<string, string> = new Map([
	['security=insecure', 'runs with all rights over the machine that builds'],
	['network=host', "reaches everything that the building machine's own network reaches"],
]);

export const noInsecureRun: Rule = function* ({steps, roleOf, file}) {
	for (const {instruction, stage} of steps) {
		for (const {name, value = ''} of instruction.keyword === 'RUN' ? instruction.flags : []) {
			const what = WAYS.get(`${name}=${value}`);
			if (what !== undefined && roleOf(stage) !== 'unused') {
				const message = `RUN --${name}=${value} takes the step out of its sandbox: it ${what}. Take the option out, and do what needs it outside the build.`;
				yield {result: 'fail', message, place: {file, line: instruction.line}};
			}
		}
	}
};
