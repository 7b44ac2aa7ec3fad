import type {Directive, Instruction} from '../../dockerfile/ast.ts';
import type {Fix, Rule} from '../rule.ts';
import {textAt} from './written.ts';

interface Feature {
	readonly what: string;
	/** The first minor version of `docker/dockerfile:1` that has it; absent for the labs channel alone. */
	readonly since: number | undefined;
}

/** By instruction and flag; `heredoc` and `mount` types stand beside them. */
const features: ReadonlyMap<string, Feature> = new Map([
	['RUN mount', {what: 'RUN --mount', since: 2}],
	['RUN network', {what: 'RUN --network', since: 3}],
	['RUN security', {what: 'RUN --security', since: 20}],
	['RUN device', {what: 'RUN --device', since: undefined}],
	['COPY chmod', {what: 'COPY --chmod', since: 2}],
	['ADD chmod', {what: 'ADD --chmod', since: 2}],
	['COPY link', {what: 'COPY --link', since: 4}],
	['ADD link', {what: 'ADD --link', since: 4}],
	['COPY parents', {what: 'COPY --parents', since: 20}],
	['COPY exclude', {what: 'COPY --exclude', since: 19}],
	['ADD exclude', {what: 'ADD --exclude', since: 19}],
	['ADD keep-git-dir', {what: 'ADD --keep-git-dir', since: 6}],
	['ADD checksum', {what: 'ADD --checksum', since: 6}],
	['ADD unpack', {what: 'ADD --unpack', since: 17}],
	['HEALTHCHECK start-interval', {what: 'HEALTHCHECK --start-interval', since: 6}],
	['heredoc', {what: 'A heredoc', since: 4}],
]);

export const supportedFeatures: Rule = function* ({dockerfile, file}) {
	const syntax = dockerfile.directives.find(({name}) => name === 'syntax');
	const version = versionIn(syntax?.value ?? '');
	if (syntax === undefined || version === undefined) {
		return;
	}

	const text = textAt(dockerfile, syntax.span);
	for (const instruction of dockerfile.instructions) {
		const missing = featuresOf(instruction).find(
			({since = Number.POSITIVE_INFINITY}) => since > version.minor,
		);
		if (missing === undefined) {
			continue;
		}

		const {what, since} = missing;
		const wanted = since === undefined ? undefined : `${version.lead}${since}`;
		const remedy = wanted === undefined ? 'ask for docker/dockerfile:1-labs' : `ask for ${wanted} or later`;
		yield {
			result: 'fail',
			message: `${what} is more than the syntax of line ${syntax.line} knows, so the build stops here: ${remedy}.`,
			place: {file, line: instruction.line},
			...fixOf(syntax, text, wanted),
		};
	}
};

/** Only a numbered version of the stable channel says what it lacks: labs has all, and others are not ours to know. */
function versionIn(value: string): {readonly lead: string; readonly minor: number} | undefined {
	const [, lead, minor] =
		/^((?:docker\.io\/)?docker\/dockerfile:1\.)(\d{1,4})(?:\.\d{1,4})?$/.exec(value) ?? [];
	return lead === undefined ? undefined : {lead, minor: Number(minor)};
}

function featuresOf({keyword, flags, heredocs}: Instruction): readonly Feature[] {
	const used = flags.map(({name}) => features.get(`${keyword} ${name}`));
	const heredoc = heredocs.length === 0 ? undefined : features.get('heredoc');
	return [...used, heredoc].filter(feature => feature !== undefined);
}

function fixOf({value, span}: Directive, text: string, wanted: string | undefined): {readonly fix?: Fix} {
	const at = text.lastIndexOf(value);
	if (wanted === undefined || at === -1 || /[^\x20-\x7e\t]/.test(text)) {
		return {};
	}

	const place = {start: span.start + at, end: span.start + at + value.length};
	return {fix: {title: `syntax ${wanted}`, edits: [{span: place, text: wanted}]}};
}
