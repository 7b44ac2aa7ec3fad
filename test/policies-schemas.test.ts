import {readFileSync} from 'node:fs';
import {Ajv2020} from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import test from 'ava';
import {stringify} from 'yaml';
import {FrontendError} from '../frontend/error.ts';
import {readProject} from '../frontend/read-project.ts';
import {readApproval} from '../policies/approval.ts';
import {PolicyError} from '../policies/error.ts';
import {schemas} from '../policies/schemas.ts';
import {readTrust} from '../policies/trust.ts';
import {readWaiver} from '../policies/waiver.ts';
import {openYaml} from '../policies/yaml-text.ts';
import {documentDigest} from '../proto/signed-document.ts';
import {builtIn, bundleFrom} from './helpers/bundle.ts';
import {changed} from './helpers/changed.ts';
import {approvalOf, waiverOf} from './helpers/policy-documents.ts';

// An editor that uses a schema says what the build gate will say: both are asked about the same documents.

const ajv = new Ajv2020({strict: false, allErrors: false});
addFormats.default(ajv);

type Kind = keyof typeof schemas;
const kinds = Object.keys(schemas) as Kind[]; // The table's own keys.
const validators = Object.fromEntries(kinds.map(kind => [kind, ajv.compile(schemas[kind]())]));

const readers: Readonly<Record<Kind, (text: string) => unknown>> = {
	bundle: text => bundleFrom(text),
	approval: text => readApproval(openYaml(text, 'a.yaml')),
	waiver: text => readWaiver(openYaml(text, 'w.yaml')),
	trust: text => readTrust(openYaml(text, 'trust.yaml')),
	project: text => readProject(text, '.sallyport.yaml'),
};

const own = {
	id: 'x-no-curl',
	title: 'No curl',
	severity: 'medium',
	message: 'Write ADD --checksum instead.',
	match: {instruction: 'RUN', command: 'curl'},
};
const bundle = {
	apiVersion: 'sallyport.dev/v1',
	kind: 'PolicyBundle',
	metadata: {name: 'acme', version: '1.2.3', owner: 'security@example.test'},
	spec: {
		defaults: {enforcement: 'warn', fix: 'suggest', onNotEvaluated: 'warn', severities: {high: 'error'}},
		approval: {required: true, quorum: 2},
		waiverLimits: {critical: '14d', high: '90d'},
		rollout: {graceDays: 30, adoptedAt: '2027-01-01T00:00:00Z'},
		evidence: {retentionDays: 550, anchors: ['object-lock'], checkpointInterval: '1h'},
		scope: {categories: ['security'], environments: ['prod']},
		rules: {
			'base-approved-source': {enforcement: 'error', params: {allow: ['docker.io/library/*']}},
			'secret-no-env': {enforcement: 'warn', tiers: {T1: 'error'}},
			'image-user-non-root': {enforcement: 'error', enforceFrom: '2027-03-01T00:00:00+01:00'},
			'x-no-curl': {enforcement: 'error'},
		},
		own: [own],
	},
};
const child = changed(
	changed(bundle, ['spec', 'defaults'], undefined),
	['spec', 'extends'],
	[{name: 'baseline', digest: documentDigest(builtIn('baseline').document)}],
);
const approval = approvalOf(builtIn('soc2'), {author: 'lee@example.test', approver: 'dana@example.test'});
const waiver = waiverOf();
const trust = {
	apiVersion: 'sallyport.dev/v1',
	kind: 'TrustRoot',
	spec: {
		keys: [{name: 'dana', person: 'dana@example.test', roles: ['policy-approver', 'waiver-approver']}],
		policies: ['acme'],
	},
};
const project = {
	policy: 'baseline',
	facts: {port: 3000, health: '/healthz', hosts: ['api.example.com']},
	proxy: 'nginx',
	limits: {body: '10m', rate: 50, burst: 100, connections: 20},
	listeners: {https: 8443, redirect: 8080},
	headers: {csp: "default-src 'self'", hsts: 86_400},
	rules: {'image-user-non-root': {enforcement: 'error', fix: 'auto'}},
	waivers: [{control: 'base-no-mutable-tag', reason: 'The vendor publishes no versions.'}],
};

const good: readonly (readonly [Kind, unknown])[] = [
	['bundle', bundle],
	['bundle', child],
	['bundle', changed(bundle, ['spec'], {rules: {}})],
	...['baseline', 'soc2', 'soc2-strict'].map(name => ['bundle', builtIn(name).document] as const),
	[
		'bundle',
		changed(bundle, ['spec', 'own', '0', 'match'], {
			instruction: ['FROM', 'COPY'],
			word: 'a*',
			stage: 'any',
			unless: {flag: 'from=*'},
		}),
	],
	[
		'bundle',
		changed(changed(bundle, ['spec', 'own', '0', 'match'], undefined), ['spec', 'own', '0', 'missing'], {
			instruction: 'LABEL',
			word: 'team=*',
		}),
	],
	['approval', approval],
	['approval', changed(approval, ['spec', 'decision'], 'revoked')],
	['waiver', waiver],
	['waiver', changed(waiver, ['spec', 'rule'], 'x-no-curl')],
	[
		'waiver',
		changed(waiver, ['spec', 'scope'], {fingerprints: [`sha256:${'a'.repeat(64)}`], environments: ['prod']}),
	],
	['trust', trust],
	['project', project],
	['project', {}],
	['project', changed(project, ['limits', 'body'], '1g')],
	['project', changed(project, ['limits', 'body'], 512)],
];

/** What is changed in a good document, by kind: path and new value. */
const mistakes: Readonly<Record<Kind, readonly (readonly [path: string, value: unknown])[]>> = {
	bundle: [
		['apiVersion', 'v1'],
		['kind', 'Waiver'],
		['metadata.name', undefined],
		['metadata.name', 'Acme'],
		['metadata.version', 1],
		['metadata.version', '1.0'],
		['metadata.colour', 'red'],
		['metadata.owner', 'a\u001Bb'],
		['metadata.owner', ' '],
		['spec.rules', undefined],
		['spec.rule', {}],
		['spec.rules.base-approved-sources', {enforcement: 'error'}],
		['spec.rules.base-approved-source.enforcement', 'fatal'],
		['spec.rules.base-approved-source.level', 'error'],
		['spec.rules.base-approved-source.params', {allow: [1]}],
		['spec.rules.base-approved-source.params', {allow: {}}],
		['spec.rules.secret-no-env.tiers', {'T 1': 'error'}],
		['spec.rules.secret-no-env.tiers.T1', 'stop'],
		['spec.rules.image-user-non-root.enforceFrom', '2027-03-01'],
		['spec.rules.image-user-non-root.enforceFrom', '2027-02-30T00:00:00Z'],
		['spec.rules.image-user-non-root.weaken', {reason: 'because'}],
		['spec.defaults.enforcement', true],
		['spec.defaults.onNotEvaluated', 'off'],
		['spec.defaults.severities', {grave: 'error'}],
		['spec.approval.quorum', 0],
		['spec.approval.required', 'yes'],
		['spec.waiverLimits.high', '90'],
		['spec.waiverLimits.high', 'P90D'],
		['spec.rollout.graceDays', 181],
		['spec.evidence.retentionDays', 90],
		['spec.evidence.anchors', []],
		['spec.scope.categories', ['money']],
		['spec.scope.environments', ['prod*']],
		['spec.own', [{...own, id: 'no-curl'}]],
		['spec.own', [{...own, severity: 'grave'}]],
		['spec.own', [{...own, control: 'no-such-control'}]],
		['spec.own', [{...own, match: undefined}]],
		['spec.own', [{...own, missing: {instruction: 'LABEL'}}]],
		['spec.own', [{...own, match: {}}]],
		['spec.own', [{...own, match: {instruction: 'RUNS'}}]],
		['spec.own', [{...own, match: {instruction: 'run'}}]],
		['spec.own', [{...own, match: {instruction: 'COPY', command: 'curl'}}]],
		['spec.own', [{...own, match: {instruction: 'RUN', regex: '.*'}}]],
		['spec.own', [{...own, match: {instruction: 'RUN', word: '*'.repeat(9)}}]],
		['spec.own', [{...own, match: {instruction: 'RUN', word: 'a'.repeat(201)}}]],
		['spec.own', [{...own, match: {instruction: 'RUN', stage: 'first'}}]],
	],
	approval: [
		['kind', 'PolicyBundle'],
		['spec.subject.digest', 'sha256:abc'],
		['spec.subject.digest', undefined],
		['spec.decision', 'maybe'],
		['spec.approver', undefined],
		['spec.approver.id', ''],
		['spec.approver.id', '*'],
		['spec.reviewBy', '2027-12-01'],
		['spec.reviewBy', undefined],
		['spec.supersedes', 'soc2'],
		['spec.signature', 'abc'],
	],
	waiver: [
		['metadata.id', 'W-1'],
		['metadata.title', undefined],
		['spec.rule', 'no-such-rule'],
		['spec.scope', {}],
		['spec.scope', {services: ['*']}],
		['spec.scope', {services: ['legacy-*']}],
		['spec.scope', {services: []}],
		['spec.scope', {environments: ['prod']}],
		['spec.scope', {everything: true}],
		['spec.reason', 'because'],
		['spec.risk', undefined],
		['spec.risk.residual', 'none'],
		['spec.compensating', []],
		['spec.compensating', [{description: 'short'}]],
		['spec.compensating', [{description: 'Something else holds', rule: 'no-such-rule'}]],
		['spec.expiresAt', undefined],
		['spec.expiresAt', 'never'],
		['spec.approvedBy', 'dana'],
		['spec.forever', true],
	],
	trust: [
		['spec.keys', []],
		['spec.keys.0.name', 'Dana'],
		['spec.keys.0.roles', []],
		['spec.keys.0.roles', ['boss']],
		['spec.keys.0.file', '../dana.pub'],
		['spec.keys.0.person', undefined],
		['spec.policies', []],
		['spec.policies', ['../acme']],
	],
	project: [
		['polices', 'baseline'],
		['policy', '../baseline'],
		['facts.port', 0],
		['facts.port', 65_536],
		['facts.port', '3000'],
		['facts.health', 'healthz'],
		['facts.hosts', ['API.example.com']],
		['facts.hosts', ['-a']],
		['proxy', 'apache'],
		['limits.body', '2g'],
		['limits.body', '1025m'],
		['limits.body', '0'],
		['limits.rate', 1.5],
		['limits.rate', 10_001],
		['listeners.https', true],
		['headers.csp', 'a\nb'],
		['headers.hsts', 3600],
		['rules.no-such-rule', {enforcement: 'error'}],
		['rules.image-user-non-root.enforcement', 'fatal'],
		['rules.image-user-non-root.weaken', {reason: 'We would like to, very much.'}],
		['waivers', [{control: 'base-no-mutable-tag'}]],
		['waivers', [{control: 'no-such-control', reason: 'So it is.'}]],
	],
};

const originals: Readonly<Record<Kind, unknown>> = {bundle, approval, waiver, trust, project};
const bad = kinds.flatMap(kind =>
	mistakes[kind].map(
		([path, value]) => [kind, changed(originals[kind], path.split('.'), value), path] as const,
	),
);

function isRead(kind: Kind, document: unknown): boolean {
	try {
		readers[kind](stringify(document));
		return true;
	} catch (error) {
		if (error instanceof PolicyError || error instanceof FrontendError) {
			return false;
		}

		throw error;
	}
}

test('what the readers take, the schemas take', t => {
	for (const [kind, document] of good) {
		const validate = validators[kind];
		t.true(isRead(kind, document), `${kind} ${JSON.stringify(document).slice(0, 300)}`);
		t.true(validate?.(document), `${kind}: ${JSON.stringify(validate?.errors)}`);
	}
});

test('what the schemas refuse, the readers refuse, and the other way round', t => {
	t.true(bad.length > 90);
	for (const [kind, document, path] of bad) {
		t.false(isRead(kind, document), `${kind}: the reader takes another ${path}: ${JSON.stringify(document)}`);
		t.false(validators[kind]?.(document), `${kind}: the schema takes another ${path}`);
	}
});

test('the files of the schemas are what the catalogue makes of them', t => {
	for (const kind of kinds) {
		const file = new URL(`../policies/schemas/${kind}.schema.json`, import.meta.url);
		const fresh = `sallyport policy schema ${kind} > policies/schemas/${kind}.schema.json`;
		t.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(schemas[kind]())), fresh);
	}
});
