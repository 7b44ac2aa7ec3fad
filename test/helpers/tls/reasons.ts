import type {Disagreement} from './facts.ts';

interface Reason {
	readonly tool: RegExp;
	readonly fact: RegExp;
	readonly ours: boolean;
	/** Of which servers; of all where it is left out. */
	readonly server?: RegExp;
	readonly why: string;
}

/** Why others see something else; the first that fits. A disagreement without a reason is a question. */
const reasons: readonly Reason[] = [
	{tool: /sslscan|sslyze/, fact: /^group .*mlkem/, ours: true, why: 'it does not know post-quantum groups'},
	{
		tool: /sslscan/,
		fact: /TLSv1\.3/,
		ours: true,
		server: /^post-quantum alone$/,
		why: 'it offers no post-quantum group, and takes the refusal for one of the version',
	},
	{tool: /sslyze/, fact: /^group ffdhe/, ours: true, why: 'it asks for curves alone'},
	{
		tool: /sslscan|sslyze/,
		fact: /^group (?:x25519|secp256r1)$/,
		ours: true,
		server: /^(?:TLS 1\.2 alone|ChaCha20 alone|CCM|renegotiation by the client)$/,
		why: 'it offers one group at a time, and OpenSSL takes none without the curve of an ECDSA certificate',
	},
	{
		tool: /sslscan/,
		fact: /^group /,
		ours: true,
		server: /^(?:no encryption|ARIA and Camellia|ChaCha20 alone|CCM)$/,
		why: 'it asks for groups with a few usual suites, of which the server has none',
	},
	{
		tool: /sslscan/,
		fact: /^habit secure renegotiation/,
		ours: true,
		why: 'it says so only where the client may begin a renegotiation as well',
	},
	{
		tool: /sslscan/,
		fact: /^suite \S+ TLS_\w*(?:CCM|ARIA|CAMELLIA|SEED|RC4|3DES|NULL|anon|PSK)/,
		ours: true,
		why: 'its library has no such suite',
	},
	{tool: /sslyze/, fact: /^suite \S+ TLS_\w*(?:ARIA|CCM)/, ours: true, why: 'its library has no such suite'},
	{
		tool: /sslyze/,
		fact: /^suite TLSv1\.2 /,
		ours: true,
		server: /^Ed25519$/,
		why: 'it asks for these suites with a library that does not know Ed25519',
	},
	{
		tool: /sslyze/,
		fact: /^certificate untrusted$/,
		ours: false,
		server: /^(?:signed with SHA-1|a name in the subject alone)$/,
		why: 'its verdict on the chain has one word for everything; ours names the signature or the name',
	},
	{
		tool: /testssl/,
		fact: /^certificate untrusted$/,
		ours: false,
		server: /^for clients alone$/,
		why: 'its verdict on the chain takes in what a certificate is for; ours names that',
	},
	{
		tool: /sslyze/,
		fact: /^certificate name$/,
		ours: true,
		server: /^a name in the subject alone$/,
		why: 'its verdict on the chain says that an extension is missing, and nothing of the name',
	},
];

export function reasonFor(tool: string, server: string, {fact, ours}: Disagreement): string | undefined {
	return reasons.find(
		reason =>
			reason.tool.test(tool) &&
			reason.fact.test(fact) &&
			reason.ours === ours &&
			(reason.server?.test(server) ?? true),
	)?.why;
}
