import {isIP} from 'node:net';
import type {Variable} from '../../docker/settings.ts';
import {type Probe, unseen} from '../probe.ts';

/** Whom applications are told to send traces to, by the variables that exporters read. */
const ENDPOINTS: Readonly<Record<string, number>> = {
	OTEL_EXPORTER_OTLP_ENDPOINT: 4317,
	OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 4317,
	DD_TRACE_AGENT_URL: 8126,
	DD_AGENT_HOST: 8126,
};

/** An exporter that was declared has to reach somebody. A connection at this moment shows that it does; that there is none shows nothing. */
export const monApmActive: Probe = async subject => {
	const declared = declaredIn(subject.inside.environment);
	if (declared === undefined) {
		return [{result: 'not-applicable', message: 'No exporter of traces is declared in the environment'}];
	}

	const {variable, host, port} = declared;
	const observed = {variable, port};
	if (['localhost', '127.0.0.1', '::1'].includes(host)) {
		const listening = await subject.listening();
		if (!listening.seen) {
			return [unseen(listening.reason, observed)];
		}

		return [
			listening.items.some(each => each.port === port)
				? {
						result: 'pass',
						message: `${variable} names the container itself, and something listens there`,
						observed,
					}
				: {
						result: 'fail',
						message: `${variable} names port ${port} of the container itself, where nothing listens: every trace is lost`,
						observed,
					},
		];
	}

	const remotes = await subject.remotes();
	if (!remotes.seen) {
		return [unseen(remotes.reason, observed)];
	}

	const isThere = remotes.items.some(
		each => each.port === port && (isIP(host) === 0 || each.address === host),
	);
	return [
		isThere
			? {
					result: 'pass',
					message: `At this moment there is a connection to the port that ${variable} names (sampled)`,
					observed,
				}
			: unseen(
					`At this moment there is no connection to what ${variable} names; whether traces arrive has to be asked there`,
					observed,
				),
	];
};

interface Declared {
	readonly variable: string;
	readonly host: string;
	readonly port: number;
}

/** Neither the value nor anything that may be a secret in it leaves here. */
function declaredIn(environment: readonly Variable[]): Declared | undefined {
	const found = Object.keys(ENDPOINTS).flatMap(variable =>
		environment.filter(({name, value}) => name === variable && value !== '').slice(0, 1),
	);
	return found.map(declarationOf).find(each => each !== undefined);
}

function declarationOf({name, value}: Variable): Declared | undefined {
	const hasScheme = value.includes('://');
	const url = URL.parse(hasScheme ? value : `http://${value}`);
	if (url === null || url.hostname === '') {
		return undefined;
	}

	const usual = hasScheme && url.protocol === 'https:' ? 443 : (ENDPOINTS[name] ?? 0);
	return {
		variable: name,
		host: url.hostname.replace(/^\[|\]$/g, ''),
		port: url.port === '' ? usual : Number(url.port),
	};
}
