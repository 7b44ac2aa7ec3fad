import type {Plan} from '../plan.ts';
import {type Value, verbatim} from './yaml.ts';

/** What holds from Traefik's start to its end: listeners, logs, and where the rest is. */
export function staticFile(plan: Plan, dynamic: string): Readonly<Record<string, Value | undefined>> {
	const {https, redirect, metrics} = plan.listeners;
	return {
		global: {checkNewVersion: false, sendAnonymousUsage: false},
		// Access lines are the layer's, on standard output. Never rotated: it is no file.
		log: {level: 'WARN', format: 'json', filePath: '/dev/stderr', maxSize: 1_000_000_000},
		entryPoints: {
			redirect: {
				address: `:${redirect}`,
				http: requests(),
				// What is behind the canary has to see what an application would.
				forwardedHeaders: {insecure: false, trustedIPs: ['127.0.0.1/32']},
				transport: transport(plan),
			},
			https: {
				address: `:${https}`,
				asDefault: true,
				http: {...requests(), tls: {}},
				http2: {maxConcurrentStreams: 100},
				http3: plan.tls.http3 ? {} : undefined,
				// Nothing from outside is believed unless it comes from here; the layer sees to the rest.
				forwardedHeaders: {insecure: false, trustedIPs: plan.trustedProxies},
				transport: transport(plan),
			},
			metrics:
				metrics === undefined
					? undefined
					: {address: `:${metrics}`, http: requests(), transport: transport(plan)},
		},
		metrics:
			metrics === undefined
				? undefined
				: {
						prometheus: {
							entryPoint: 'metrics',
							addEntryPointsLabels: true,
							addRoutersLabels: true,
							addServicesLabels: true,
							buckets: BUCKETS,
						},
					},
		// Written once, when the image was built. A new certificate is read at SIGHUP.
		providers: {file: {filename: dynamic, watch: false}},
		experimental: {localPlugins: {layer: {moduleName: 'dev.sallyport/layer'}}},
	};
}

/** Seconds, as most dashboards expect them. */
const BUCKETS = verbatim('[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]');

/** How requests are read. What an application could understand differently than the rules do is refused. */
function requests(): Readonly<Record<string, Value>> {
	return {
		// nginx's four buffers of 8 KiB.
		maxHeaderBytes: 32_768,
		sanitizePath: true,
		// `X_Forwarded_For` would be X-Forwarded-For to CGI, WSGI and PHP.
		aliasHeadersStrategy: 'delete',
		// Our middleware refuses those that matter, with the headers and the log line of any other answer.
		encodedCharacters: {
			allowEncodedSlash: true,
			allowEncodedBackSlash: true,
			allowEncodedNullCharacter: false,
			allowEncodedSemicolon: true,
			allowEncodedPercent: true,
			allowEncodedQuestionMark: true,
			allowEncodedHash: true,
		},
	};
}

/** Less would cut honest uploads: Traefik has a time for the whole of a request and none between its bytes. */
const LEAST_REQUEST_SECONDS = 60;

/** A request of gRPC goes on while its stream does. */
function requestSeconds({timeouts: {clientSeconds, upstreamSeconds}, routes}: Plan): number {
	const isLong = routes.some(({to}) => 'protocol' in to && to.protocol === 'grpc');
	return Math.max(LEAST_REQUEST_SECONDS, clientSeconds, isLong ? upstreamSeconds : 0);
}

function transport(plan: Plan): Value {
	return {
		respondingTimeouts: {
			readTimeout: `${requestSeconds(plan)}s`,
			// A limit on the whole answer would cut downloads and events.
			writeTimeout: '0s',
			idleTimeout: '65s',
		},
		lifeCycle: {requestAcceptGraceTimeout: '0s', graceTimeOut: `${Math.max(plan.timeouts.drainSeconds, 1)}s`},
		keepAliveMaxRequests: 1000,
		keepAliveMaxTime: '1h',
	};
}
