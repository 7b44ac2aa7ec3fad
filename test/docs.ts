import {globSync, writeFileSync} from 'node:fs';
import {cisItems} from '../daemon/probes/isolation/cis.ts';
import {catalogue} from '../policies/catalogue.ts';
import {ruleFolders} from '../policies/rules/index.ts';
import type {RuleMeta} from '../policies/rules/meta.ts';
import {fidelityPage} from './fidelity-page.ts';
import {proxyPage} from './proxy-page.ts';

/** Pages of `docs/` that are made from the catalogues and the tests. `npm run docs` writes them; a test holds them against the data. */
export const pages: Readonly<Record<string, () => string>> = {
	'docs/rules.md': rulesPage,
	'docs/controls.md': controlsPage,
	'docs/cis.md': cisPage,
	'docs/fidelity.md': fidelityPage,
	'docs/proxy.md': proxyPage,
};

const root = new URL('../', import.meta.url);

/** Whose names for rules are compared, each by how its names look. */
const tools: Readonly<Record<string, RegExp>> = {
	hadolint: /^DL\d{4}$/,
	'BuildKit checks': /^[A-Z][A-Za-z]+$/,
	Trivy: /^DS-\d{4}$/,
	Checkov: /^CKV2?_DOCKER_\d+$/,
	KICS: /^[a-z]+(?:_[a-z0-9]+)+$/,
	dockle: /^(?:CIS-DI|DKL-DI|DKL-LI)-\d{4}$/,
};

const fixes: Readonly<Record<RuleMeta['fix'], string>> = {yes: 'yes', 'opt-in': 'on request', no: '–'};

function entriesOf(folder: keyof typeof ruleFolders): readonly (readonly [string, RuleMeta])[] {
	return Object.entries(ruleFolders[folder]);
}

function namesOf({aliases = []}: RuleMeta, tool: string): readonly string[] {
	return aliases.filter(alias => tools[tool]?.test(alias));
}

function rulesPage(): string {
	const folders = Object.keys(ruleFolders) as (keyof typeof ruleFolders)[]; // Its own keys.
	const all = folders.flatMap(folder => entriesOf(folder));
	const count = (tool: string): number => new Set(all.flatMap(([, meta]) => namesOf(meta, tool))).size;
	const own = all.filter(([, {aliases = []}]) => aliases.length === 0).length;
	const fixed = (fix: RuleMeta['fix']): number => all.filter(([, meta]) => meta.fix === fix).length;
	const summary = Object.keys(tools).map(tool => `| ${tool} | ${count(tool)} |`);
	const tables = folders.map(folder => {
		const rows = entriesOf(folder).map(([id, meta]) => {
			const others = Object.keys(tools).map(tool => namesOf(meta, tool).join(' ') || ' ');
			const cells = [
				`[${id}](../frontend/rules/${folder}/${id}.md)`,
				meta.title,
				meta.severity,
				fixes[meta.fix],
				meta.control ?? ' ',
				...others,
			];
			return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
		});
		const head = ['rule', 'what it finds', 'severity', 'repaired', 'control', ...Object.keys(tools)];
		return [
			`## ${folder}`,
			'',
			`| ${head.join(' | ')} |`,
			`|${'---|'.repeat(head.length)}`,
			...rows,
			'',
		].join('\n');
	});
	return `# The rules, beside those of others

Made from \`policies/rules\` by \`npm run docs\`; every rule has a page with examples, and every example is a test. A rule without
a control is told and never counts as evidence. "Repaired" is what \`sallyport check --fix\` does: ${fixed('yes')} rules are repaired
when asked, ${fixed('opt-in')} when asked for by name, and ${fixed('no')} are the author's to decide. ${own} of the ${all.length} rules have no counterpart in
any of the tools below. A name in a column says that the other tool asks the same question, not that it gives the same
answers.

| tool | of its rules, found here |
|---|---|
${summary.join('\n')}

${tables.join('\n')}`;
}

function controlsPage(): string {
	const words: Readonly<Record<string, string>> = {
		build: 'rules, at build',
		run: 'a probe, at run time',
		both: 'rules and a probe',
		nobody: 'nobody yet',
	};
	const rows = Object.entries(catalogue).map(([id, control]) => {
		const {title, criteria, also, severity, judgedAt} = control;
		const why = 'unjudged' in control ? ` (${control.unjudged})` : '';
		const supports = [criteria.join(', '), also.join(', ')].filter(text => text !== '').join('; ');
		return `| ${[id, title, supports, severity, `${words[judgedAt]}${why}`].join(' | ')} |`;
	});
	const judged = Object.values(catalogue).filter(({judgedAt}) => judgedAt !== 'nobody').length;
	return `# The controls

Made from \`policies/controls\` by \`npm run docs\`. ${judged} of the ${rows.length} controls are judged by this version; a control that
nobody judges is \`not-evaluated\`, and never a pass. Criteria are those of the 2017 Trust Services Criteria that a control
supports evidence for, first of all and then also. Their texts belong to the AICPA and are not repeated.

| control | what must hold | supports | severity | judged by |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

function cisPage(): string {
	const rows = cisItems.map(({number, asks, controls, how}) => {
		const pages = controls.map(control => {
			const [page] = globSync(`daemon/probes/*/${control}.md`, {cwd: root});
			return page === undefined ? `\`${control}\`` : `[${control}](../${page})`;
		});
		return `| ${[number, asks, pages.join(', '), how].join(' | ')} |`;
	});
	return `# CIS Docker Benchmark, section 5, by number

Made from \`daemon/probes/isolation/cis.ts\` by \`npm run docs\`. Numbers are those of version 1.6, as docker-bench-security
publishes them; the words are ours, and the benchmark's text is not repeated. Every container is judged on all of these, with a
contract or without one. \`npm run bench -- cis\` compares the answers with questions to the engine that were written
independently, over containers that each break one thing or two.

| number | what it asks for | control | how it is judged here |
|---|---|---|---|
${rows.join('\n')}
`;
}

if (import.meta.main) {
	for (const [path, make] of Object.entries(pages)) {
		writeFileSync(new URL(path, root), make());
	}
}
