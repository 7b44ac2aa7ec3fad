import type {Command} from '../../shell/script.ts';
import type {Step} from '../../stages/chain.ts';
import type {Subject} from '../rule.ts';
import {shellText} from '../shell-text.ts';

/** Where the image's own command line tells the server to listen. */
export interface Listening {
	readonly port: number;
	/** Line of the CMD or ENTRYPOINT that says so. */
	readonly line: number;
}

/** The port that the last CMD and ENTRYPOINT name, when they name just one. */
export function listeningOf(subject: Subject): Listening | undefined {
	const found = new Map(
		lastOf(subject, 'ENTRYPOINT', 'CMD').flatMap(({instruction, get}) =>
			subject.scripts
				.filter(script => script.instruction === instruction)
				.flatMap(({commands}) => commands.flatMap(command => portsIn(command, get)))
				.map(port => [port, {port, line: instruction.line}] as const),
		),
	);
	const [only] = found.values();
	return found.size === 1 ? only : undefined;
}

function lastOf({steps, roleOf}: Subject, ...keywords: readonly string[]): readonly Step[] {
	const own = steps.filter(({stage}) => roleOf(stage) === 'final');
	return keywords.flatMap(keyword => own.findLast(({instruction}) => instruction.keyword === keyword) ?? []);
}

/** Options that say it and nothing else. `-p` is left out: it means too many things. */
const OPTION = /^--(?:port|http-port|listen|bind|addr|address)(?:=(.*))?$/;
const ADDRESS = /^(?:(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\*|\[?::\]?)?:)?(\d{1,5})$/;

function portsIn({name, args, script}: Command, get: Step['get']): readonly number[] {
	return args.flatMap((word, index) => {
		const text = shellText(word, script, get) ?? '';
		const [option, own] = OPTION.exec(text) ?? [];
		const isOption = option !== undefined || (text === '-b' && name === 'gunicorn');
		const address = isOption ? (own ?? shellText(args[index + 1], script, get)) : ALONE.exec(text)?.[0];
		const port = Number(ADDRESS.exec(address ?? '')?.[1]);
		return port > 0 && port < 65_536 ? [port] : [];
	});
}

/** An address may also stand by itself: `manage.py runserver 0.0.0.0:8000`. */
const ALONE = /^(?:0\.0\.0\.0|\[::\]):\d{1,5}$/;
