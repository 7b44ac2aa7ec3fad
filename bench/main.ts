// `npm run bench -- NAME`: runs one of the files beside this one. The names are those of the files.
const [name = '', ...rest] = process.argv.slice(2);
const names = [
	'build',
	'log',
	'start-to-attestation',
	'daemon-idle',
	'thousand',
	'parser',
	'judge',
	'checks',
	'cis',
	'headers',
	'recall',
	'images',
	'proxy',
	'proxy-pieces',
	'proxy-faults',
	'proxy-size',
	'tls',
	'sweep',
];
if (!names.includes(name)) {
	process.stderr.write(`bench: say which one: npm run bench -- ${names.join('|')}\n`);
	process.exit(2);
}

process.argv.splice(2, process.argv.length, ...rest);
await import(`./${name}.ts`);
