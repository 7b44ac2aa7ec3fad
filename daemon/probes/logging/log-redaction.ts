import {eachEndpoint, ofProxy, unseen} from '../probe.ts';

/** Marks in everything that may be secret or personal; none of them may be written down by proxy or application. */
export const logRedaction = ofProxy(async (_proxy, subject) =>
	eachEndpoint(subject, 'https', async endpoint => {
		const {output} = await subject.visit(endpoint);
		if (!output.seen) {
			return [unseen(`The container's output cannot be read: ${output.reason}`)];
		}

		const {leaked, lines, listenedMs} = output;
		const observed = {leaked, listenedMs};
		if (leaked.length > 0) {
			return [
				{
					result: 'fail',
					message: `What was sent as ${leaked.join(', ')} is in the container's output; leave queries, credentials and bodies out of logs`,
					observed,
				},
			];
		}

		return [
			lines.length === 0
				? unseen(
						'The marked request itself is not in the output, so nothing follows from what is not there either',
						observed,
					)
				: {
						result: 'pass',
						message: `Within ${Math.ceil(listenedMs / 1000)} s nothing of credentials, cookies, query and body was written down`,
						observed,
					},
		];
	}),
);
