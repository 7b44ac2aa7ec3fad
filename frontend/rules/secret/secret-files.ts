/** A kind of file that holds a credential, told by its name. */
export interface SecretFile {
	/** With its article, for messages. */
	readonly title: string;
	readonly tier: 'T1' | 'T2';
}

interface Kind extends SecretFile {
	readonly pattern: RegExp;
	readonly except?: RegExp;
}

// Matched against the path with a leading slash. T1: the name belongs to credentials alone. T2: it often holds one.
const kinds: readonly Kind[] = [
	{title: 'an SSH private key', tier: 'T1', pattern: /\/id_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk)$/},
	{title: 'a key store', tier: 'T1', pattern: /\.(?:p12|pfx)$/},
	{title: 'AWS credentials', tier: 'T1', pattern: /\/\.aws\/credentials$/},
	{title: 'Git credentials', tier: 'T1', pattern: /\/\.git-credentials$/},
	{title: 'logins for curl and others', tier: 'T1', pattern: /\/[._]netrc$/},
	{title: 'PostgreSQL passwords', tier: 'T1', pattern: /\/\.pgpass$/},
	{title: 'a Vault token', tier: 'T1', pattern: /\/\.vault-token$/},
	{title: 'a cluster login', tier: 'T1', pattern: /\/(?:kubeconfig|\.kube\/config)$/},
	{title: 'a PuTTY private key', tier: 'T1', pattern: /\.ppk$/},
	{title: 'a password database', tier: 'T1', pattern: /\.kdbx$/},
	{title: 'a GnuPG key ring', tier: 'T1', pattern: /\/secring\.gpg$/},
	{
		title: 'an environment file',
		tier: 'T2',
		pattern: /\/\.env(?:\.[\w.*-]{1,60}|\*)?$/,
		except: /\.(?:example|sample|template|tmpl|dist|defaults?|schema|vault)$/,
	},
	{
		title: 'a key file',
		tier: 'T2',
		pattern: /\.(?:pem|key)$/,
		except:
			/(?:cert|chain|bundle|public|pub|\/ca|root-?ca|dhparams?|trans|global-bundle)[\w-]*\.(?:pem|key)$/,
	},
	{title: 'an npm configuration with a token', tier: 'T2', pattern: /\/\.npmrc$/},
	{title: 'a PyPI login', tier: 'T2', pattern: /\/\.pypirc$/},
	{
		title: 'a registry login',
		tier: 'T2',
		pattern: /\/(?:\.docker\/config\.json|\.dockercfg|\.dockerconfigjson)$/,
	},
	{title: 'a password file', tier: 'T2', pattern: /\/\.htpasswd$/},
	{
		title: 'a service account key',
		tier: 'T2',
		pattern: /\/(?:credentials|service-?_?account[\w-]{0,60}|client_secrets?[\w.-]{0,120})\.json$/,
	},
	{title: 'a Java key store', tier: 'T2', pattern: /\.(?:jks|keystore)$/},
	{title: 'Terraform state', tier: 'T2', pattern: /\/terraform\.tfstate(?:\.backup)?$/},
];

/** Include patterns, as BuildKit matches them, for all files that any kind may be about: what a client is asked for. */
export const secretGlobs: readonly string[] = [
	...['id_*', '.git-credentials', '.netrc', '_netrc', '.pgpass', '.vault-token', 'kubeconfig', 'secring.gpg'],
	...['.aws/credentials', '.kube/config', '.docker/config.json', '.dockercfg', '.dockerconfigjson'],
	...['*.p12', '*.pfx', '*.ppk', '*.kdbx', '*.pem', '*.key', '*.jks', '*.keystore'],
	...['.env', '.env.*', '.npmrc', '.pypirc', '.htpasswd', 'terraform.tfstate', 'terraform.tfstate.backup'],
	...['credentials.json', 'service*account*.json', 'client_secret*.json'],
].map(name => `**/${name}`);

/** What credential a path is named like, if any. The path may be a pattern as COPY takes it: `*.p12`. */
export function secretFileOf(path: string): SecretFile | undefined {
	const rooted = `/${path.replace(/^(?:\.?\/)+/, '')}`;
	return kinds.find(({pattern, except}) => pattern.test(rooted) && except?.test(rooted) !== true);
}
