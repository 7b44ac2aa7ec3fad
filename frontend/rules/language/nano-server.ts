import {failAt} from '../package/finding.ts';
import type {Rule} from '../rule.ts';
import {finalImage} from './starts.ts';

export const nanoServer: Rule = function* (subject) {
	const {name = '', tag = ''} = finalImage(subject) ?? {};
	const isCore = name.endsWith('windows/servercore') || /windowsservercore/.test(tag);
	const runsNothing = subject.chain.stages.every(({instructions}) =>
		instructions.every(({keyword}) => keyword !== 'RUN'),
	);
	if (isCore && runsNothing) {
		const from = (subject.chain.stages[0] ?? subject.target).from;
		const message =
			'Nothing is installed into this Server Core, which is some 4 GB and has much to patch: try Nano Server, of some 300 MB.';
		yield failAt(subject, from, message);
	}
};
