import {createLogger, format, transports} from 'winston';
import type {LogLevel} from './config.ts';
import {eventCodes, type Report} from './event-codes.ts';

/** JSON lines on standard error, one per event, each with its code. */
export function startReport(level: LogLevel): {readonly report: Report; readonly close: () => Promise<void>} {
	const logger = createLogger({
		level,
		format: format.combine(format.timestamp(), format.json()),
		// Standard output belongs to answers; whoever pipes it must not find our diary in it.
		transports: [new transports.Console({stderrLevels: ['error', 'warn', 'info', 'debug']})],
	});
	const closed = new Promise<void>(resolve => logger.on('finish', () => resolve()));
	return {
		report: (event, data = {}) => {
			const {level: of, message} = eventCodes[event];
			logger.log({...data, level: of, message, event});
		},
		close: () => {
			logger.end();
			return closed;
		},
	};
}
