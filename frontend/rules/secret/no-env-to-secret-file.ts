import {printable} from '../../../policies/secret-names.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Rule, Subject} from '../rule.ts';
import {pathAt, type Standing, standingsOf} from '../standing.ts';
import {copyMount} from './copy-mount.ts';
import {baseName, resolvePath} from './paths.ts';
import {secretFileOf} from './secret-files.ts';

/** Names of variables that lead programs to a file with a credential. */
const LEADS =
	/^GOOGLE_APPLICATION_CREDENTIALS$|^(?:KUBECONFIG|NETRC|PGPASSFILE|DOCKER_CONFIG|AWS_SHARED_CREDENTIALS_FILE|AWS_CONFIG_FILE|NPM_CONFIG_USERCONFIG)$|(?:^|_)(?:CREDENTIALS?|SECRETS?|TOKEN|PASSWORD|PASSWD|PRIVATE_KEY|API_KEY|SSH_KEY|SSL_KEY|TLS_KEY)(?:_(?:FILE|PATH|JSON))?$/i;

export const noEnvToSecretFile: Rule = function* (subject) {
	const leads = leadsIn(subject);
	const standings = leads.length === 0 ? new Map() : standingsOf(subject);
	for (const lead of leads) {
		const copy = copyOf(subject, standings, lead.path);
		if (copy !== undefined) {
			const fix = copyMount(subject, copy.instruction);
			yield {
				result: 'fail',
				tier: 'T2',
				message: `ENV ${printable(lead.name)} names a file with a credential, and ${copy.instruction.keyword} on line ${copy.instruction.line} puts that file into the image, where everybody finds it: leave the file out, and mount it when the container is started.`,
				place: {file: subject.file, line: lead.line},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

interface Lead {
	readonly name: string;
	readonly path: string;
	readonly line: number;
}

/** More of them are not compared with every COPY. */
const MAX_LEADS = 8;

function leadsIn({steps, roleOf}: Subject): readonly Lead[] {
	return steps
		.filter(({instruction, stage}) => instruction.keyword === 'ENV' && roleOf(stage) === 'final')
		.flatMap(({instruction, escapeBy, expand}) =>
			pairsOf(instruction, escapeBy).flatMap(({name, value = '', line}) => {
				const path = LEADS.test(name) ? (expand(value) ?? '') : '';
				// What is mounted when the container is started is where it should be.
				return path.startsWith('/') && !/^\/(?:var\/)?run\/|^\/proc\//.test(path)
					? [{name, path: resolvePath('/', path), line}]
					: [];
			}),
		)
		.slice(0, MAX_LEADS);
}

function copyOf({steps, roleOf}: Subject, standings: ReadonlyMap<unknown, Standing>, path: string) {
	return steps.find(({instruction, stage, expand}) => {
		const {keyword, json, words} = instruction;
		const standing = standings.get(instruction);
		if ((keyword !== 'COPY' && keyword !== 'ADD') || roleOf(stage) !== 'final' || standing === undefined) {
			return false;
		}

		const texts = (json ?? words.map(({text}) => text)).map(text => expand(text) ?? text);
		const target = texts.at(-1) ?? '';
		return texts.slice(0, -1).some(source => {
			const isSame = baseName(source) === baseName(path);
			const isNamed = secretFileOf(path) !== undefined || isSame || pathAt(standing, target) === path;
			return (
				isNamed && [target, `${target}/${baseName(source)}`].some(each => pathAt(standing, each) === path)
			);
		});
	});
}
