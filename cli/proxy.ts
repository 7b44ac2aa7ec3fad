import {parseArgs, styleText} from 'node:util';
import {floorOf, namesOf, proxyHoles} from '../policies/proxy-floor.ts';
import {CliError} from './error.ts';
import {type Io, lookOf} from './io.ts';
import {printable} from './printable.ts';
import {nameOf, type ProxyImage, proxyImagesIn} from './proxy-images.ts';

const help = `Usage: sallyport proxy list [IMAGE ...] [--docker-host HOST] [--json]

Tells which images of an engine carry a proxy layer, which version of nginx is in it, and which holes are known to be open in that.
Without IMAGE: every image with a contract, and those that bring the proxy. The images are looked into, and none is started.

Exit 0: none is old. 1: some are, or could not be read. 2: wrong usage, or there is no such image or engine.
`;

/** `sallyport proxy list`. @throws for wrong usage, and when there is no engine */
export async function runProxy(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: {
			'docker-host': {type: 'string'},
			json: {type: 'boolean', default: false},
			help: {type: 'boolean', short: 'h', default: false},
		},
	});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const [what, ...only] = positionals;
	if (what !== 'list') {
		throw new CliError('CLI_USAGE', 'it knows one thing to do: "sallyport proxy list"; see --help');
	}

	const host = values['docker-host'] ?? (io.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock');
	const images = await proxyImagesIn(host, only);
	io.stdout.write(values.json ? `${JSON.stringify(jsonOf(images), undefined, 2)}\n` : textOf(images, io));
	return images.some(isOld) ? 1 : 0;
}

/** What nobody could look at is not known to be new. */
function isOld({versions, holes}: ProxyImage): boolean {
	return versions === undefined || holes.length > 0;
}

function jsonOf(images: readonly ProxyImage[]): unknown {
	return {
		floor: Object.fromEntries(guarded().map(name => [name, floorOf(name)])),
		images: images.map(({versions, ...image}) => ({
			...image,
			versions: versions ?? {},
			old: isOld({...image, versions}),
		})),
	};
}

/** Packages of which holes are known. */
function guarded(): readonly string[] {
	return [...new Set(proxyHoles.map(hole => hole.package))];
}

function textOf(images: readonly ProxyImage[], io: Io): string {
	const {isColored} = lookOf(io);
	const paint = (style: 'green' | 'red' | 'bold', text: string): string =>
		isColored ? styleText(style, text, {validateStream: false}) : text;
	const width = Math.max(0, ...images.map(image => printable(nameOf(image)).length));
	const lines = images.map(image => {
		const mark = isOld(image) ? paint('red', 'old') : paint('green', 'ok ');
		const running = image.running.length === 0 ? '' : `  running: ${image.running.map(printable).join(', ')}`;
		return `  ${mark}  ${printable(nameOf(image)).padEnd(width)}  ${saidOf(image)}${running}`;
	});
	const old = images.filter(isOld).length;
	const floors = guarded().map(name => `${name} ${floorOf(name)}`);
	const end =
		old === 0
			? `${images.length} with a proxy, none older than ${floors.join(', ')}`
			: `${old} of ${images.length} with a proxy have known holes: nothing older than ${floors.join(', ')} should run. Make the proxy's image anew and build them again; only its layer changes.`;
	return [...lines, paint('bold', end), ''].join('\n');
}

const MOST_NAMED = 3;

function saidOf({engine, versions, holes}: ProxyImage): string {
	if (versions === undefined) {
		return `${engine}  its VERSIONS.json cannot be read`;
	}

	const about = holes.length === 0 ? '' : `  ${namesOf(holes, MOST_NAMED)}`;
	return `${engine} ${versions[engine] ?? 'of unknown version'}${about}`;
}
