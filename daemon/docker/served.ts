import {descriptions} from '../../proto/labels.ts';
import {isRecord, list, MAX_ITEMS} from './shapes.ts';

/** As `exec_create` events show it: the command and its arguments with spaces between. */
export function healthCommandOf(config: Record<string, unknown>): string | undefined {
	const [kind, ...words] = list(isRecord(config['Healthcheck']) ? config['Healthcheck']['Test'] : undefined);
	if (kind === 'CMD-SHELL') {
		const shell = list(config['Shell']);
		return [...(shell.length > 0 ? shell : ['/bin/sh', '-c']), ...words].join(' ').trim();
	}

	return kind === 'CMD' ? words.join(' ').trim() : undefined;
}

export function exposedOf(raw: unknown): readonly number[] {
	return Object.keys(isRecord(raw) ? raw : {})
		.slice(0, MAX_ITEMS)
		.flatMap(key => {
			const port = Number(/^(\d{1,5})\/tcp$/.exec(key)?.[1] ?? Number.NaN);
			return port > 0 && port < 65_536 ? [port] : [];
		});
}

/** Ours first; then what Compose and Swarm write. */
export function serviceOf(labels: Readonly<Record<string, string>>): string | undefined {
	const label = (key: string): string | undefined =>
		Object.hasOwn(labels, key) && labels[key] !== '' ? labels[key]?.slice(0, 256) : undefined;
	const project = label('com.docker.compose.project');
	const composed = label('com.docker.compose.service');
	return (
		label(SERVICE_LABEL) ??
		label('com.docker.swarm.service.name') ??
		(composed === undefined ? undefined : `${project ?? ''}/${composed}`)
	);
}

/** For containers that neither Compose nor Swarm started. */
const SERVICE_LABEL = 'dev.sallyport.service';

/** Only the labels that describe, and only what they say: everything else in labels is nobody's business here. */
export function describedOf(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
	return Object.fromEntries(
		Object.values(descriptions).flatMap(key =>
			Object.hasOwn(labels, key) ? [[key, labels[key] ?? '']] : [],
		),
	);
}
