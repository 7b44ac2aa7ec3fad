import type {FidelityCase} from './helpers/fidelity/case.ts';
import {fidelityCases} from './helpers/fidelity/index.ts';
import {engineNames, rows} from './helpers/fidelity/rows.ts';

const about: Readonly<Record<string, string>> = {
	from: 'FROM, stages and platforms',
	run: 'RUN',
	copy: 'COPY and ADD',
	settings: 'Settings and variables',
	text: 'How a file is written',
	options: 'What is asked of a build',
};

/** The page that says what was compared, made from the cases themselves. */
export function fidelityPage(): string {
	const groups = Object.entries(fidelityCases);
	const all = groups.flatMap(([, cases]) => Object.values(cases));
	const judged = all.filter(({gives, judged}) => gives === undefined && judged === undefined);
	const engines = Object.entries(engineNames).map(([id, name]) => `| ${id} | ${name} |`);
	const table = rows.map(({what, engines: tried, by}) => {
		const tests = by.map(([file, title]) => `[${title.replaceAll('|', '\\|')}](../${file})`).join(', ');
		return `| ${what} | ${tried.join(', ') || 'not yet'} | ${tests || '–'} |`;
	});
	const other = groups.flatMap(([, cases]) =>
		Object.entries(cases).flatMap(([name, {judged: why}]) => (why === undefined ? [] : `- ${name}: ${why}`)),
	);
	const lists = groups.map(([group, cases]) => {
		const names = Object.entries(cases).map(([name, given]) => entry(name, given));
		return `### ${about[group] ?? group} (${names.length})\n\n${names.join(' ·\n')}\n`;
	});
	return `# What plain BuildKit builds

Made from \`test/helpers/fidelity\` by \`npm run docs\`. ${all.length} builds are made twice, by BuildKit alone and through a frontend whose
image says \`SALLYPORT_POLICY=off\`, and compared: exit code, warnings, error with its excerpt, and the image by its identity,
which covers its configuration and every layer. Where something was built anew, and so has another identity, configuration,
history and every file with its mode, owner, size, link and content are compared instead. With \`off\` the frontend reads nothing
and hands over what the client gave, so the only thing to see of it is that it is loaded.

${judged.length} of them are also built under the policy that everybody gets who chooses none (\`baseline\`): what fails plainly fails with the same error and
the same excerpt of the author's own file; what builds has the same layers and one more, the same history and more of it, all
warnings and more of them, and the same configuration but for labels that we add and, where there is a proxy, its entry, its ports
and its health check. These do something else there:

${other.join('\n')}
- an image in a store or registry that has indexes becomes one with our attestation in it, also with \`--provenance=false\`; \`SALLYPORT_ATTEST=none\` leaves it out
- findings at the level \`error\` stop a build, as the policy says; the step that failed may be called \`[stage-0 2/3]\` instead of \`[2/2]\`, because our layer makes one stage more.

Policies that repair more (\`hardened\` and what extends it) change what an image holds: that it behaves the same is another question, with tests
of its own.

| engine | |
|---|---|
${engines.join('\n')}

| way of building | tried on | by |
|---|---|---|
${table.join('\n')}

## The builds

Those with † must fail, and do so in the same words.

${lists.join('\n')}`;
}

function entry(name: string, {fails}: FidelityCase): string {
	return `${name
		.replaceAll('|', '\\|')
		.replaceAll('*', '\\*')
		.replace(/^([#+-])/, '\\$1')}${fails === undefined ? '' : ' †'}`;
}
