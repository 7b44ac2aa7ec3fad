import type {Observed, Problem} from './observe.ts';
import type {Project} from './project.ts';

/** Where the application listens, or why that is nowhere. */
export interface PortChoice {
	readonly port: number | undefined;
	readonly notes: readonly string[];
	readonly problems: readonly Problem[];
}

// Ports that speak TLS by themselves, and ports of servers that no HTTP proxy can stand in front of.
const tlsPorts: ReadonlySet<number> = new Set([443, 8443]);
const otherPorts: ReadonlySet<number> = new Set([
	21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2181, 3306, 3389, 4222, 5005,
	5432, 5671, 5672, 5900, 6379, 6667, 9042, 9092, 9229, 9230, 11_211, 25_565, 27_017,
]);

export function portOf(
	{ports, label, healthPort, portVariable, problems}: Observed,
	project: Project,
): PortChoice {
	const stated = project.facts.port ?? label;
	if (stated !== undefined || problems.length > 0) {
		return {port: stated, notes: [], problems};
	}

	const http = ports.filter(port => !tlsPorts.has(port) && !otherPorts.has(port));
	if (http.length === 0) {
		const list = ports.join(', ');
		const note = `EXPOSE names ${list}, which is not where plain HTTP is spoken as a rule, so no proxy goes into the image; if it is, say "facts: {port: …}" in ${project.file}.`;
		return {port: undefined, notes: ports.length === 0 ? [] : [note], problems};
	}

	const [first] = http;
	const port = http.find(each => each === healthPort) ?? http.find(each => each === portVariable) ?? first;
	const why = port === healthPort ? 'HEALTHCHECK asks' : port === portVariable ? 'PORT names' : 'comes first';
	const note = `EXPOSE names ${ports.join(', ')}; the proxy stands in front of ${port}, which ${why === 'comes first' ? why : `is the one that ${why}`}. If that is wrong, say "facts: {port: …}" in ${project.file}.`;
	return {port, notes: http.length > 1 ? [note] : [], problems};
}
