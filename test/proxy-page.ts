import {readFileSync} from 'node:fs';
import {engines} from '../frontend/proxies/engine.ts';
import {type Feature, features, type Support} from '../frontend/proxies/features.ts';

const file = new URL('../docs/proxy.md', import.meta.url);
const FROM = '<!-- Made from frontend/proxies/features.ts by npm run docs. -->\n';
const TO = '<!-- end -->';

/** The page as it is written, with its table made anew. */
export function proxyPage(): string {
	const text = readFileSync(file, 'utf8');
	const [before = '', rest = ''] = text.split(FROM);
	const after = rest.slice(rest.indexOf(TO));
	return `${before}${FROM}\n${table()}\n\n${after}`;
}

function table(): string {
	const rows = Object.values<Feature>(features).map(
		({title, support}) => `| ${[title, ...engines.map(engine => words(support[engine]))].join(' | ')} |`,
	);
	return [`| | ${engines.join(' | ')} |`, `|${'---|'.repeat(engines.length + 1)}`, ...rows].join('\n');
}

function words(support: Support): string {
	const text =
		support === 'native'
			? 'native'
			: 'refused' in support
				? `**refused**: ${support.refused}`
				: `emulated by ${support.emulated}`;
	return text.replaceAll('|', '\\|');
}
