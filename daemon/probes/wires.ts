import {Agent as HttpAgent} from 'node:http';
import {Agent} from 'node:https';
import {openSecureContext, type Wires} from './ask.ts';
import {openSessions} from './ask-h2.ts';

/** Two connections to a place at most over HTTP/1.1, one over HTTP/2; all of them end when the look does. */
export function openWires(): Wires {
	const secureContext = openSecureContext();
	const agent = new Agent({keepAlive: true, maxSockets: 2, secureContext});
	const plainAgent = new HttpAgent({keepAlive: true, maxSockets: 2});
	const sessions = openSessions(secureContext);
	return {
		agent,
		plainAgent,
		secureContext,
		askOverHttp2: sessions.ask,
		close: () => {
			agent.destroy();
			plainAgent.destroy();
			sessions.close();
		},
	};
}
