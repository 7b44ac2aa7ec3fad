import {isPlaceholder} from './token-formats.ts';

// Words that name a secret when they are the whole name or a part of it between underscores.
const SECRET_NAME =
	/(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWORD|PWD|SECRET|SECRETS|TOKEN|APIKEY|API_KEY|PRIVATE_?KEY|ACCESS_?KEY|SECRET_?KEY|ENCRYPTION_?KEY|SIGNING_?KEY|SSH_?KEY|DEPLOY_?KEY|CREDENTIALS?|(?:GITHUB|GITLAB|GH|GL)_PAT)(?:_BASE64|_B64)?(?:_|$)|[A-Z]{1,12}PASSW(?:OR)?D$/i;
// What follows says that it is about a secret and is none: where it lies, what it is called, how long it lives.
const HARMLESS_NAME =
	/(?:^|_)(?:PUBLIC|FILE|FILES|PATH|DIR|DIRECTORY|NAME|USER|USERNAME|URL|URI|HOST|PORT|ENDPOINT|HEADER|TTL|AGE|EXPIRY|EXPIRES?|EXPIRATION|LENGTH|SIZE|LIMIT|COUNT|POLICY|TYPE|FORMAT|ALGORITHM|ENABLED?|DISABLED?|REQUIRED|ISSUER|AUDIENCE|PROVIDER|BACKEND|STORE|VERSION|ID|IDS|ARN|DUMMY|VALIDATION|ROTATION|HASHER|SYMBOL|ADDRESS|CONTRACT|MINT|KIND|MODE|SCOPES?|CLAIMS?|PREFIX|SUFFIX|REGEXP?|PATTERN|SERVICE|SERVER|DOMAIN|REALM|METHOD|TIMEOUT|DURATION|LIFETIME|FIELD|PARAM|LABEL|PROMPT|HINT|MIN|MAX|DAYS|STRENGTH|MANAGER|HANDLER|CLASS|MODULE|REF|SOURCE|TEMPLATE)$|^(?:OLD)?PWD$|(?:^|_)PUBLIC_|^(?:NO|USE|SKIP|ALLOW|DISABLE|ENABLE|REQUIRE)_/i;

/** Whether a variable of this name most likely holds a secret, and not something about one. */
export function isSecretName(name: string): boolean {
	return SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);
}

// Empty, a flag, a small number, a path, another variable, or plainly not meant: none of these is a secret.
export function isHarmlessValue(value: string): boolean {
	return (
		/^(?:|true|false|yes|no|on|off|none|null|undefined|disabled|enabled|\d{1,5}|\/.*|\.\.?\/.*|[^$]{0,80}\$.*)$/is.test(
			value,
		) || isPlaceholder(value)
	);
}

/** A name for messages. Names come from the file: nothing but printable ASCII of them is shown. */
export function printable(name: string): string {
	return name.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 80);
}

export const REMEDY =
	'give it to the step that needs it with RUN --mount=type=secret, or to the container as a mounted file';
