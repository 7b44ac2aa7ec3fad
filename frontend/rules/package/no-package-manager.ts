import {hardenFix} from '../harden-fix.ts';
import {startOf} from '../life/start.ts';
import type {Rule, Subject} from '../rule.ts';

export const noPackageManager: Rule = function* (subject) {
	const profile = subject.policy?.profile ?? 'keep';
	if (profile === 'keep' || subject.chain.base === 'scratch') {
		return;
	}

	const isShellLess = profile === 'shell-less' && !needsShell(subject);
	const options = isShellLess ? ['--slim', '--shell-less'] : ['--slim'];
	const title = `programs of the package manager${isShellLess ? ' and shells' : ''} taken away`;
	const fix = hardenFix(subject, options, title);
	yield {
		result: 'not-evaluated',
		message: `The profile "${profile}" leaves no package manager in the image; whether one is there cannot be told from a Dockerfile.`,
		place: {file: subject.file, line: subject.target.from.line},
		...(fix === undefined ? {} : {fix}),
	};
};

/** Anything that starts by a shell, or by a script: what those call nobody here can tell. */
function needsShell(subject: Subject): boolean {
	const {entrypoint, cmd} = startOf(subject);
	const facts = subject.chain.base === undefined ? undefined : subject.images.get(subject.chain.base);
	const checks = subject.chain.stages
		.flatMap(({instructions}) => instructions)
		.filter(({keyword}) => keyword === 'HEALTHCHECK');
	const isShellForm = [entrypoint, cmd].some(each => each !== undefined && each.json === undefined);
	const [first = ''] = entrypoint?.json ?? facts?.entrypoint ?? cmd?.json ?? facts?.cmd ?? [];
	const isCheckedByShell = facts?.hasHealthcheck === true || checks.some(({args}) => !args.includes('CMD ['));
	return (
		isShellForm ||
		isCheckedByShell ||
		first === '' ||
		/(?:^|\/)(?:ba|da|a|z|k)?sh$|\.sh$|entry-?point/.test(first)
	);
}
