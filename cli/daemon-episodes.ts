import {parseArgs} from 'node:util';
import {formatDeliveries, formatEpisodes} from './episode-format.ts';
import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {DEFAULT_SERVER, type Fields, type RecordClient, recordClient} from './record-client.ts';

const general = {server: {type: 'string'}, json: {type: 'boolean', default: false}} as const;

/** `sallyport daemon episodes`: what fails now, who took it on, and what is over. */
export async function runEpisodes(argv: readonly string[], io: Io): Promise<number> {
	const options = {
		...general,
		state: {type: 'string'},
		container: {type: 'string'},
		control: {type: 'string'},
	} as const;
	const {values} = parseArgs({args: [...argv], options, strict: true});
	const {state, container, control} = values;
	const given = Object.entries({state, container, control, page_size: '1000'});
	const asked = new URLSearchParams(given.filter((pair): pair is [string, string] => pair[1] !== undefined));
	const ask = clientOf(values.server, io);
	const episodes: unknown[] = [];
	for (let token = ''; ; ) {
		const answer = await ask(`/v1/episodes?${asked}${token === '' ? '' : `&page_token=${token}`}`);
		episodes.push(...listIn(answer, 'episodes'));
		token = String(answer['nextPageToken'] ?? '');
		if (token === '') {
			break;
		}
	}

	io.stdout.write(values.json ? jsonOf({episodes}) : formatEpisodes(episodes));
	return 0;
}

/** `sallyport daemon acknowledge ID`: somebody takes an episode on, or has seen a test alert arrive. */
export async function runAcknowledge(argv: readonly string[], io: Io): Promise<number> {
	const options = {...general, by: {type: 'string'}, reason: {type: 'string'}} as const;
	const {values, positionals} = parseArgs({args: [...argv], options, allowPositionals: true, strict: true});
	const [id, ...more] = positionals;
	const {by, reason} = values;
	if (id === undefined || by === undefined || reason === undefined || more.length > 0) {
		throw new CliError(
			'CLI_USAGE',
			'It takes an id, a name and a reason: sallyport daemon acknowledge ID --by NAME --reason TEXT',
		);
	}

	if (!/^[0-9A-Za-z-]{1,64}$/.test(id)) {
		throw new CliError(
			'CLI_USAGE',
			'An id has letters, digits and hyphens; "sallyport daemon episodes" shows them',
		);
	}

	const answer = await clientOf(values.server, io)(`/v1/episodes/${id}:acknowledge`, {by, reason});
	const said = answer['kind'] === 'test' ? 'The test alert is acknowledged' : 'The episode is acknowledged';
	io.stdout.write(values.json ? jsonOf(answer) : `${said}, and the log has it\n`);
	return 0;
}

/** `sallyport daemon alert-test`: sends a test through every channel and tells what each said. 1 when one did not take it. */
export async function runAlertTest(argv: readonly string[], io: Io): Promise<number> {
	const options = {...general, by: {type: 'string'}} as const;
	const {values} = parseArgs({args: [...argv], options, strict: true});
	const by = values.by ?? (io.env['SUDO_USER'] || io.env['USER']);
	if (by === undefined || by === '') {
		throw new CliError('CLI_USAGE', 'Say who asks for it: sallyport daemon alert-test --by NAME');
	}

	const answer = await clientOf(values.server, io)('/v1/alerts:test', {by});
	const deliveries = listIn(answer, 'deliveries');
	io.stdout.write(values.json ? jsonOf(answer) : formatDeliveries(deliveries));
	return deliveries.every(isTold) ? 0 : 1;
}

function clientOf(server: string | undefined, io: Io): RecordClient {
	return recordClient(server ?? (io.env['SALLYPORT_SERVER'] || DEFAULT_SERVER));
}

function listIn(answer: Fields, name: string): readonly unknown[] {
	const list = answer[name];
	return Array.isArray(list) ? list : [];
}

function isTold(delivery: unknown): boolean {
	const {state} = delivery as {readonly state?: unknown};
	return state === 'accepted' || state === 'sent';
}

function jsonOf(value: unknown): string {
	return `${JSON.stringify(value, undefined, 2)}\n`;
}
