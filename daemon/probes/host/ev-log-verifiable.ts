import {type Probe, unseen} from '../probe.ts';

const DAY_MS = 86_400_000;

export const evLogVerifiable: Probe = async ({host, now}) => {
	const record = await host.record?.();
	if (record === undefined) {
		return [unseen('There is no log at hand')];
	}

	const {broken, entries, anchoredAt} = record;
	if (broken !== undefined) {
		return [{result: 'fail', message: `The log is not what was signed: ${broken}`, observed: {entries}}];
	}

	if (anchoredAt === undefined) {
		return [
			unseen(
				'The log is whole, but whether its checkpoints are kept outside of this host is not known: name a folder on another one with --anchor',
				{entries},
			),
		];
	}

	const observed = {entries, anchored: anchoredAt.toISOString()};
	return now.getTime() - anchoredAt.getTime() <= DAY_MS
		? [
				{
					result: 'pass',
					message: 'The log is whole, and its checkpoints of the last day are kept outside of this host',
					observed,
				},
			]
		: [
				{
					result: 'fail',
					message: `No checkpoint was kept outside of this host since ${anchoredAt.toISOString()}`,
					observed,
				},
			];
};
