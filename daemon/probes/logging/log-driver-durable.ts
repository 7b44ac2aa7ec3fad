import type {LogSettings} from '../../docker/settings.ts';
import {textIn} from '../params.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';

/** Drivers that keep what was written on the engine's host. */
const local = ['json-file', 'local'];

export const logDriverDurable: Probe = async ({target: {settings}, paramsOf}) => {
	const {log} = settings;
	const sink = textIn(paramsOf('log-driver-durable'), 'sink');
	const {driver, maxSize, maxFile, options} = log;
	const observed = {driver, maxSize: maxSize ?? '', maxFile: maxFile ?? '', options, sink: sink ?? ''};
	const kept = keptOf(log, observed);
	return sink === undefined
		? [kept]
		: [
				kept,
				{
					...unseen(
						'A place for logs is declared, but no adapter is configured that could ask whether lines arrive there',
						{sink},
					),
					tier: 'T2',
				},
			];
};

function keptOf({driver, maxSize}: LogSettings, observed: unknown): ProbeFinding {
	if (driver === 'none' || driver === '') {
		const message = 'What the container writes is thrown away; start with --log-driver=local';
		return {result: 'fail', message, tier: 'T1', observed};
	}

	// The driver `local` turns its files over by itself; `json-file` grows until the disk is full.
	if (driver === 'json-file' && (maxSize === undefined || maxSize === '-1')) {
		const message =
			'What the container writes is kept in one file that grows without end; start with --log-opt max-size=10m --log-opt max-file=3, or --log-driver=local';
		return {result: 'fail', message, tier: 'T1', observed};
	}

	return local.includes(driver)
		? {result: 'pass', message: `Logs are kept on the host and turned over (${driver})`, tier: 'T1', observed}
		: {result: 'pass', message: `Logs are handed on as they are written (${driver})`, tier: 'T1', observed};
}
