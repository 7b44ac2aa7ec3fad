import {type Probe, unseen} from '../probe.ts';

export const chgEmergency: Probe = async ({target, promised, record}) => {
	const build = await record?.buildOf(target.image.digest);
	const ticket = build?.ticket ?? target.ticket;
	if (ticket !== undefined) {
		const observed = {ticket, label: target.ticket ?? '', recorded: build?.ticket ?? ''};
		return [
			{
				result: 'fail',
				message: `The image was built by break-glass for ${quoted(ticket)}: findings stopped the build and were passed over; review it, and rebuild it or waive this for the image`,
				observed,
			},
		];
	}

	if (build?.baseTicket !== undefined) {
		const of = quoted(build.baseTicket);
		const message = `The image is built from one that was built by break-glass for ${of}: rebuild that one, and then this, or waive this for the image`;
		return [{result: 'fail', message, observed: {baseTicket: of}}];
	}

	if (build === undefined || promised.state !== 'kept') {
		return [unseen('No build attestation of this image is at hand that would tell how it was built')];
	}

	return [{result: 'not-applicable', message: 'The image was not built by break-glass'}];
};

// A label may hold anything; only the build gate's own holds a ticket.
function quoted(ticket: string): string {
	return ticket.replaceAll(/[^\x21-\x7e]/g, '?');
}
