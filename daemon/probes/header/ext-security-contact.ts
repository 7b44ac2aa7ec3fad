import {isIP} from 'node:net';
import {reasonOf} from '../../error.ts';
import {type Answer, valuesOf} from '../ask.ts';
import {nextPath, pathHere} from '../pages.ts';
import {type Endpoint, type ProbeFinding, unseen} from '../probe.ts';
import {essenceOf} from './documents.ts';
import {eachVisited, type Seat} from './of-pages.ts';
import {securityTxtFlaws} from './security-txt.ts';
import {shown} from './values.ts';

const PATH = '/.well-known/security.txt';

export const extSecurityContact = eachVisited(async seat => {
	const {endpoint} = seat;
	try {
		const answer = await follow(seat);
		return typeof answer === 'string' ? [unseen(answer)] : judge(answer, endpoint, seat.subject.now);
	} catch (error) {
		return [unseen(`Port ${endpoint.port} gave no answer to ${PATH}: ${reasonOf(error)}`)];
	}
});

/** One redirect is followed, if it stays here; where it leads elsewhere, why it was not. */
async function follow({subject, endpoint, signal}: Seat): Promise<Answer | string> {
	const answer = await subject.ask(endpoint, {path: PATH}, signal);
	const [location] = valuesOf(answer, 'location');
	if (answer.status < 300 || answer.status >= 400 || location === undefined) {
		return answer;
	}

	const next = nextPath(answer, endpoint);
	return next === undefined && pathHere(location, endpoint) === undefined
		? `Port ${endpoint.port} sends whoever asks for ${PATH} elsewhere (${shown(location)}), and probes never leave the container`
		: subject.ask(endpoint, {path: next ?? '/'}, signal);
}

function judge(answer: Answer, endpoint: Endpoint, now: Date): readonly ProbeFinding[] {
	if (answer.status !== 200) {
		return [
			{
				result: 'fail',
				message: `Port ${endpoint.port} has no ${PATH} (${answer.status}); publish one with Contact and Expires`,
			},
		];
	}

	const isNamed = endpoint.name !== '' && isIP(endpoint.name) === 0;
	const types = valuesOf(answer, 'content-type').map(essenceOf);
	const flaws = [
		// §3: whoever answers every path with its page has no security.txt.
		...(types.length === 1 && types[0] === 'text/plain' ? [] : ['is not served as text/plain']),
		...securityTxtFlaws(answer.body, isNamed ? `https://${endpoint.name}${PATH}` : undefined, now),
	];
	return flaws.length > 0
		? flaws.map(flaw => ({result: 'fail', message: `Port ${endpoint.port}: security.txt ${flaw}`}))
		: [{result: 'pass', message: `Port ${endpoint.port} says whom to tell about a weakness, and until when`}];
}
