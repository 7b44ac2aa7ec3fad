import {parseArgs} from 'node:util';
import {type Application, application, applications} from '../examples/conversation/application.ts';
import {ensureEngine} from '../test/engine/engine.ts';
import {ensureProduct} from '../test/engine/product.ts';
import {pairOf} from '../test/helpers/rewritten.ts';
import {type Figures, figuresOf} from './images/figures.ts';
import {type Timings, timingsOf} from './images/timings.ts';
import {median} from './median.ts';

// What becomes of applications as people write them: the image that their own Dockerfile makes, and the one that is made through
// the frontend with the bundle `hardened`, on the same engine in the same run.

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {
		cold: {type: 'string', default: '1'},
		rebuild: {type: 'string', default: '3'},
		'only-sizes': {type: 'boolean', default: false},
	},
});
const rounds = {cold: Number(values.cold), rebuild: Number(values.rebuild)};

interface Row {
	readonly app: Application;
	readonly plain: Figures;
	readonly ours: Figures;
	readonly timings: Timings | undefined;
}

const engine = await ensureEngine({progress: say});
if (process.env['SALLYPORT_FRONTEND'] === undefined) {
	await ensureProduct(engine, {progress: say, only: ['sallyport/proxy-nginx:1', 'sallyport/frontend:1']});
}

const rows: Row[] = [];
try {
	for (const app of positionals.length > 0 ? positionals.map(application) : applications()) {
		const pair = await pairOf(engine, app, say);
		const timings = values['only-sizes'] ? undefined : await timingsOf(engine, app, rounds);
		const row = {
			app,
			plain: await figuresOf(engine, pair.plain),
			ours: await figuresOf(engine, pair.rewritten),
			timings,
		};
		rows.push(row);
		tell(row);
	}
} finally {
	await engine.stop();
}

summary();

function tell({app, plain, ours, timings}: Row): void {
	say(
		[
			`| ${app.name}`,
			`${plain.megabytes.toFixed(0)} → ${ours.megabytes.toFixed(0)} MB (${share(ours.megabytes, plain.megabytes)})`,
			`${plain.layers} → ${ours.layers}`,
			`${plain.packages} → ${ours.packages}`,
			`${plain.languagePackages} → ${ours.languagePackages}`,
			`${plain.setuid} → ${ours.setuid}`,
			...(timings === undefined ? [] : [seconds(timings.cold), seconds(timings.rebuild)]),
			`${ours.repairs.join(', ')} |`,
			...(ours.takenBack.length > 0 ? [`taken back: ${ours.takenBack.join(', ')} |`] : []),
		].join(' | '),
	);
}

function seconds({plain, ours}: Timings['cold']): string {
	return `${median(plain).toFixed(1)} → ${median(ours).toFixed(1)} s (${(median(ours) / median(plain)).toFixed(2)} x)`;
}

function share(part: number, whole: number): string {
	return `${((100 * part) / whole).toFixed(0)} %`;
}

function summary(): void {
	const ratios = rows.map(({plain, ours}) => ours.megabytes / plain.megabytes);
	say(`size: median ${share(median(ratios), 1)} of the original (${rows.length} applications)`);
	const timed = rows.flatMap(({timings}) => timings ?? []);
	if (timed.length > 0) {
		const cold = median(timed.map(({cold: {plain, ours}}) => median(ours) / median(plain)));
		const faster = median(timed.map(({rebuild: {plain, ours}}) => median(plain) / median(ours)));
		say(`cold build: median ${cold.toFixed(2)} x the time; rebuild: median ${faster.toFixed(1)} x as fast`);
	}

	say(
		`Engine ${engine.version}; repeat with: npm run bench -- images [--cold N] [--rebuild N] [--only-sizes] [NAME…]`,
	);
}
