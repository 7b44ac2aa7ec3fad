import type {Bundle} from '../policies/bundle.ts';
import {type RuleId, ruleCatalogue} from '../policies/rules/index.ts';
import {quoted} from './dockerfile/error.ts';
import type {Inspection, Listed} from './inspection.ts';
import type {Found} from './judge.ts';
import {supportOf} from './rules/base/end-of-life.ts';
import {imageNameOf} from './rules/base/image-name.ts';
import {textsOf} from './rules/params.ts';
import type {Fix, RuleFinding} from './rules/rule.ts';
import {isRoot} from './rules/user/final-user.ts';

interface Answer {
	readonly rule: RuleId;
	/** Several failures, or one finding that says that there is none. */
	readonly findings: readonly RuleFinding[];
}

/**
 * What the finished image itself answers to questions that a Dockerfile leaves open. A rule that is answered here has nothing that
 * is not evaluated any more; what was not looked into makes no pass.
 */
export function foundInImage(
	inspection: Inspection,
	bundle: Bundle,
	found: readonly Found[],
	repaired: ReadonlySet<Fix>,
	today: string,
): readonly Found[] {
	const answers = answersOf(inspection, bundle, today).filter(({rule}) => bundle.rules[rule].level !== 'off');
	const answered = new Set(answers.map(({rule}) => rule as string));
	const open = found.filter(
		({rule, finding: {result, fix}}) =>
			result !== 'not-evaluated' || (fix !== undefined && repaired.has(fix)) || !answered.has(rule),
	);
	return [
		...open,
		...answers.flatMap(({rule, findings}) =>
			findings.map(finding => ({
				rule,
				control: ruleCatalogue[rule].control,
				setting: bundle.rules[rule],
				finding,
			})),
		),
	];
}

function answersOf(inspection: Inspection, bundle: Bundle, today: string): readonly Answer[] {
	return [
		setuidFiles(inspection, bundle),
		listed(inspection, 'no-ssh-server', inspection.ssh, 'an SSH server is in the image'),
		listed(inspection, 'no-world-writable', inspection.worldFiles, 'every user may change'),
		support(inspection, today),
		credentials(inspection),
		history(inspection),
		user(inspection),
		knownUser(inspection),
		...onlyBad('split-build', inspection.compilers, 'compilers and build tools are left'),
		...onlyBad('context-ignored', inspection.git, "a repository's whole history is left"),
	];
}

function setuidFiles(inspection: Inspection, bundle: Bundle): Answer {
	const allowed = new Set(textsOf(bundle.rules['no-setuid-files'].params, 'allow'));
	const {count, paths} = inspection.setuid;
	const kept = paths.filter(path => allowed.has(path)).length;
	const unexpected = {count: count - kept, paths: paths.filter(path => !allowed.has(path))};
	return listed(inspection, 'no-setuid-files', unexpected, "files run with their owner's rights");
}

const MAX_NAMED = 3;

function listed({unread, files}: Inspection, rule: RuleId, {count, paths}: Listed, what: string): Answer {
	const bad = {count, paths};
	return {rule, findings: [count > 0 ? present(bad, what) : seen(unread, files)]};
}

/** Where nothing of the kind is a good sign, and no answer to all that the rule asks. */
function onlyBad(rule: RuleId, bad: Listed, what: string): readonly Answer[] {
	return bad.count > 0 ? [{rule, findings: [present(bad, what)]}] : [];
}

function present({count, paths}: Listed, what: string): RuleFinding {
	const named = paths.slice(0, MAX_NAMED).map(quoted).join(', ');
	const more = count > MAX_NAMED ? ` and ${count - MAX_NAMED} more` : '';
	return {result: 'fail', message: `In the finished image ${what}: ${named}${more}.`, observed: {count}};
}

function seen(unread: number, files: number): RuleFinding {
	return unread > 0
		? {
				result: 'not-evaluated',
				message: `${unread} folders of the finished image could not be looked into: they lie too deep, or cannot be opened.`,
			}
		: {
				result: 'pass',
				message: `Looked for in the finished image, in ${files} files, and not found.`,
				observed: {files},
			};
}

function support({os: {id, version}}: Inspection, today: string): Answer {
	const known = /^[a-z0-9_-]{1,32}$/.test(id) && /^[0-9a-z.]{1,16}$/.test(version);
	const ended = known ? supportOf(imageNameOf(`${id}:${version}`)) : [];
	return {
		rule: 'supported-base',
		findings: ended.map(({product, version: named, until, next}) =>
			until < today
				? {
						result: 'fail',
						message: `The finished image is ${product} ${named}, which gets no security updates since ${until}. Move to a version that is supported, such as ${next}.`,
						observed: {product, version: named, until},
					}
				: {
						result: 'pass',
						message: `The finished image is ${product} ${named}, which gets security updates until ${until}.`,
						observed: {product, version: named, until},
					},
		),
	};
}

/** Where keys lie that a package has made, or that are there for tests: they may be somebody's, and need not be. */
const DOUBTFUL = /\/(?:tests?|__tests__|testdata|fixtures?|examples?|samples?|docs?|ssl|ssh)\//i;

function credentials({credentials: {count, found}, unread, files}: Inspection): Answer {
	const rule = 'no-secret-files';
	const findings = found.map(({path, kind, length}): RuleFinding => {
		const isDoubtful = kind === 'private-key' && DOUBTFUL.test(path);
		return {
			result: 'fail',
			tier: isDoubtful ? 'T2' : 'T1',
			message: `The finished image holds a credential (${titleOf(kind)}) in ${quoted(path)}: whoever pulls the image has it. Keep the file out, and change the credential.`,
			observed: {kind: titleOf(kind), bytes: length},
		};
	});
	return {rule, findings: count > 0 && findings.length > 0 ? findings : [seen(unread, files)]};
}

function titleOf(kind: string): string {
	return /^[a-z-]{1,32}$/.test(kind) ? kind.replaceAll('-', ' ') : 'unknown';
}

function history({history: found}: Inspection): Answer {
	return {
		rule: 'no-credentials-in-history',
		findings:
			found.length === 0
				? [{result: 'pass', message: 'No step, label or variable of the finished image holds a credential.'}]
				: found.map(({where, title, tier}) => ({
						result: 'fail' as const,
						tier,
						message: `In the finished image ${where} holds ${title}: whoever pulls the image has it. Give it by a secret mount, and change the credential.`,
					})),
	};
}

function user({user: name}: Inspection): Answer {
	const isNobodysMatter = name === '' || isRoot(name);
	return {
		rule: 'user-set',
		// That it is root is the Dockerfile's finding, with its line.
		findings: isNobodysMatter
			? []
			: [
					{
						result: 'pass',
						message: `The finished image runs as ${quoted(name)}.`,
						observed: {user: name.slice(0, 64)},
					},
				],
	};
}

/** A number needs no entry; a name that is in no list keeps the container from starting. */
function knownUser({user: name, isUserKnown}: Inspection): Answer {
	const [first = ''] = name.split(':');
	const isGone = first !== '' && !/^\d+$/.test(first) && !isUserKnown;
	const message = `The finished image runs as ${quoted(first)}, whom its /etc/passwd does not know: the container will not start. Make the user, or write a number.`;
	return {rule: 'known-user', findings: isGone ? [{result: 'fail', message}] : []};
}
