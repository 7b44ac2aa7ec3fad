import {eachEndpoint, ofProxy, unseen} from '../probe.ts';

/** The client's address in the access log must be its network: /24 of IPv4, /48 of IPv6. */
export const logIpMinimised = ofProxy(async (_proxy, subject) => {
	if (subject.paramsOf('log-ip-minimised')['anonymise'] === false) {
		return [
			{
				result: 'not-applicable',
				message: 'The policy does not ask for shortened addresses (params.anonymise)',
			},
		];
	}

	return eachEndpoint(subject, 'https', async endpoint => {
		const {output} = await subject.visit(endpoint);
		const client = output.seen ? output.lines[0]?.['client'] : undefined;
		if (typeof client !== 'string' || client === '') {
			return [unseen(output.seen ? 'No line of the access log says who the client was' : output.reason)];
		}

		return [
			isShort(client)
				? {result: 'pass', message: 'Of a client the log has the network alone', observed: {client}}
				: {
						result: 'fail',
						message:
							"The access log has whole addresses of clients; set proxy.logs.addresses to 'truncated' in .sallyport.yaml",
						// The daemon's own, and nobody else's.
						observed: {client},
					},
		];
	});
});

function isShort(client: string): boolean {
	return /^\d{1,3}(?:\.\d{1,3}){2}\.0$/.test(client) || /^[0-9a-f:]{0,24}::?$/i.test(client);
}
