/** A kind of credential that its issuer gave a form of its own. */
interface TokenFormat {
	/** With its article, for messages. */
	readonly title: string;
	readonly pattern: RegExp;
	/** What every such credential holds: a text without any of it needs no closer look. */
	readonly signs: readonly string[];
	/** `T1`: nothing else looks like this. `T2`: it is one, but some are published on purpose. */
	readonly tier: 'T1' | 'T2';
}

const PASSWORD_IN_URL = likely(
	['://'],
	'a password in a URL',
	/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@'"$`<>{}]{1,64}:[^\s/@'"$`<>{}]{3,128}@/,
);
const TOKEN_IN_URL = likely(
	['://'],
	'a token in a URL',
	/\bhttps?:\/\/[^\s"'<>$`{}?]{1,200}\?(?:[^\s"'<>$`{}]{0,200}&)?(?:(?:access|private|auth|api)?_?-?token|api_?-?key|client_secret|password|sig|signature|x-amz-signature)=[A-Za-z0-9_.~%+/-]{12,256}/i,
);

/** Whether it is told by its place in a URL, and not by its own form. */
export function isUrlFormat(format: TokenFormat): boolean {
	return format === PASSWORD_IN_URL || format === TOKEN_IN_URL;
}

// Forms as their issuers publish them. Every repetition is bounded, so that no text can make matching slow.
const tokenFormats: readonly TokenFormat[] = [
	certain(
		['AKIA', 'ASIA', 'ABIA', 'ACCA'],
		'an AWS access key id',
		/\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/,
	),
	certain(
		['key', 'KEY', 'Key'],
		'an AWS secret access key',
		/(?<=aws_?secret_?access_?key["'\s=:]{1,4})[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/i,
	),
	certain(['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], 'a GitHub token', /\bgh[pousr]_[A-Za-z0-9]{36,255}\b/),
	certain(['github_pat_'], 'a GitHub fine-grained token', /\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b/),
	certain(['gl'], 'a GitLab token', /\bgl(?:pat|dt|rt|ptt|cbt|oas|soat|agent|ft)-[A-Za-z0-9_-]{20,128}/),
	certain(['xox'], 'a Slack token', /\bxox[abeoprs]-(?:\d{1,20}-){1,4}[A-Za-z0-9-]{10,128}/),
	certain(['xapp-'], 'a Slack app token', /\bxapp-\d-[A-Z0-9]{8,20}-\d{8,20}-[a-f0-9]{32,128}\b/),
	certain(
		['hooks.slack.com'],
		'a Slack webhook',
		/https:\/\/hooks\.slack\.com\/services\/T[A-Z0-9]{6,14}\/B[A-Z0-9]{6,14}\/[A-Za-z0-9]{20,32}/,
	),
	certain(['k_live_'], 'a Stripe live key', /\b[sr]k_live_[A-Za-z0-9]{16,128}\b/),
	certain(['GOCSPX-'], 'a Google OAuth client secret', /\bGOCSPX-[A-Za-z0-9_-]{28}/),
	certain(['npm_'], 'an npm token', /\bnpm_[A-Za-z0-9]{36}\b/),
	certain(['pypi-AgE'], 'a PyPI token', /\bpypi-AgE[A-Za-z0-9_-]{50,512}/),
	certain(['dckr_'], 'a Docker Hub token', /\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{27,64}/),
	certain(
		['T3BlbkFJ'],
		'an OpenAI key',
		/\bsk-(?:[a-z]{1,12}-)?[A-Za-z0-9_-]{16,100}T3BlbkFJ[A-Za-z0-9_-]{16,100}/,
	),
	certain(['sk-ant-'], 'an Anthropic key', /\bsk-ant-[a-z]{3,8}\d{2}-[A-Za-z0-9_-]{80,128}/),
	certain(['SG.'], 'a SendGrid key', /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/),
	certain(['hf_'], 'a Hugging Face token', /\bhf_[A-Za-z]{34}\b/),
	certain(['_v1_'], 'a DigitalOcean token', /\bdo[opr]_v1_[a-f0-9]{64}\b/),
	certain(['hvs.', 'hvb.'], 'a HashiCorp Vault token', /\bhv[sb]\.[A-Za-z0-9_-]{90,300}/),
	certain(['AccountKey='], 'an Azure storage key', /\bAccountKey=[A-Za-z0-9+/]{86}==/),
	certain(
		['-----BEGIN '],
		'a private key',
		/-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:[^-]{0,200}?[\s"'])??(?:\s|\\[nr\\]|["'])*[A-Za-z0-9+/=]{32}/,
	),
	// Web pages carry these on purpose, so they are reported as likely and not as certain.
	likely(['AIza'], 'a Google API key', /\bAIza[A-Za-z0-9_-]{35}/),
	likely(
		['eyJ'],
		'a JSON Web Token',
		/\beyJ[A-Za-z0-9_-]{10,512}\.eyJ[A-Za-z0-9_-]{10,512}\.[A-Za-z0-9_-]{16,512}/,
	),
	PASSWORD_IN_URL,
	TOKEN_IN_URL,
];

export interface Match {
	readonly format: TokenFormat;
	/** The credential. For finding its place: MUST NOT be shown, logged or signed. */
	readonly value: string;
	readonly index: number;
}

/** More than this of one text tells nobody more, and keeps hostile files cheap. */
const MAX_MATCHES = 20;

/** The credentials in a text. What is certain hides what is only likely in the same place. */
export function credentialsIn(text: string): readonly Match[] {
	const found: Match[] = [];
	for (const format of tokenFormats.filter(({signs}) => signs.some(sign => text.includes(sign)))) {
		for (const {index, 0: value} of text.matchAll(new RegExp(format.pattern, `${format.pattern.flags}g`))) {
			const isKnown = found.some(
				other => other.index < index + value.length && index < other.index + other.value.length,
			);
			if (!isKnown && !isNone(format, value)) {
				found.push({format, value, index});
			}

			if (found.length === MAX_MATCHES) {
				return found;
			}
		}
	}

	return found;
}

/** Whether it only looks like one. Of a URL only the token counts: its host may be an example's. */
function isNone(format: TokenFormat, value: string): boolean {
	const own = format === TOKEN_IN_URL ? value.slice(value.lastIndexOf('=') + 1) : value;
	return isPlaceholder(own) || isEveryones(own) || new Set(own.slice(-16)).size < 4;
}

/** Passwords that everybody gives a database on a developer's machine, or that repeat the user's name: nobody's secret. */
function isEveryones(value: string): boolean {
	const [, user = '', password = ''] = /:\/\/([^:@/]{1,64}):([^@/]{3,128})@$/.exec(value) ?? [];
	return password !== '' && (password === user || USUAL.test(password));
}

const USUAL =
	/^(?:my)?(?:pass|passw(?:or)?d|pwd|secret|root|admin|guest|user|test|testing|postgres|mysql|mongo|maria|redis|rabbit(?:mq)?|default|dev|develop|development|local|docker|app|db|database|token|sa|x-oauth-basic|x-access-token)[-_\d]{0,6}$/i;

/** Documentation writes credentials that are none. */
export function isPlaceholder(value: string): boolean {
	return /example|placeholder|change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|it|this|with)|redacted|dummy|fake|^x{3,5}$|x{6}|0{8}|\*{3}|<[^>]{1,40}>|\byour[-_]|insert[-_]|not[-_]?(?:a[-_]|used|needed|set)|^(?:todo|tbd|unused|none|build[-_]?(?:time|only))$/i.test(
		value,
	);
}

function certain(signs: readonly string[], title: string, pattern: RegExp): TokenFormat {
	return {title, pattern, signs, tier: 'T1'};
}

function likely(signs: readonly string[], title: string, pattern: RegExp): TokenFormat {
	return {title, pattern, signs, tier: 'T2'};
}
