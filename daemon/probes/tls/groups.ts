/** Key exchange groups by their IANA numbers. */
const NAMED: readonly (readonly [number, string])[] = [
	[0x11ec, 'X25519MLKEM768'],
	[0x11eb, 'SecP256r1MLKEM768'],
	[0x11ed, 'SecP384r1MLKEM1024'],
	[0x11ee, 'curveSM2MLKEM768'],
	[0x0200, 'MLKEM512'],
	[0x0201, 'MLKEM768'],
	[0x0202, 'MLKEM1024'],
	[0x6399, 'X25519Kyber768Draft00'],
	[0x639a, 'SecP256r1Kyber768Draft00'],
	[29, 'x25519'],
	[23, 'secp256r1'],
	[24, 'secp384r1'],
	[25, 'secp521r1'],
	[30, 'x448'],
	[31, 'brainpoolP256r1tls13'],
	[32, 'brainpoolP384r1tls13'],
	[33, 'brainpoolP512r1tls13'],
	[26, 'brainpoolP256r1'],
	[27, 'brainpoolP384r1'],
	[28, 'brainpoolP512r1'],
	[0x0100, 'ffdhe2048'],
	[0x0101, 'ffdhe3072'],
	[0x0102, 'ffdhe4096'],
	[0x0103, 'ffdhe6144'],
	[0x0104, 'ffdhe8192'],
	[41, 'curveSM2'],
	[22, 'secp256k1'],
	[9, 'sect283k1'],
	[10, 'sect283r1'],
	[11, 'sect409k1'],
	[12, 'sect409r1'],
	[13, 'sect571k1'],
	[14, 'sect571r1'],
	[6, 'sect233k1'],
	[7, 'sect233r1'],
	[8, 'sect239k1'],
	[20, 'secp224k1'],
	[21, 'secp224r1'],
	[1, 'sect163k1'],
	[2, 'sect163r1'],
	[3, 'sect163r2'],
	[4, 'sect193r1'],
	[5, 'sect193r2'],
	[15, 'secp160k1'],
	[16, 'secp160r1'],
	[17, 'secp160r2'],
	[18, 'secp192k1'],
	[19, 'secp192r1'],
];

export const groupNumbers: readonly number[] = NAMED.map(([number]) => number);

/** Before TLS 1.3 there are only curves; ffdhe groups of then are a matter of the suite (RFC 7919). */
export const curveNumbers: readonly number[] = groupNumbers.filter(number => number <= 30 && number > 0);

export function groupName(number: number): string {
	return NAMED.find(([known]) => known === number)?.[1] ?? `0x${number.toString(16).padStart(4, '0')}`;
}

/** Safe against a quantum computer that records today and computes later. */
export function isPostQuantum(group: string): boolean {
	return /MLKEM|Kyber/.test(group);
}

/** Less than 112 bits of strength (NIST SP 800-57), or a curve that RFC 8422 took back. */
export function isWeakGroup(group: string): boolean {
	return /^(?:sect|secp(?:160|192|224|256k1))/.test(group);
}

/** Signature schemes: 1.3's names, and pairs of hash and key type as TLS 1.2 has them. */
const SIGNATURES: readonly (readonly [number, string])[] = [
	[0x0904, 'mldsa44'],
	[0x0905, 'mldsa65'],
	[0x0906, 'mldsa87'],
	[0x0403, 'ecdsa_sha256'],
	[0x0503, 'ecdsa_sha384'],
	[0x0603, 'ecdsa_sha512'],
	[0x0807, 'ed25519'],
	[0x0808, 'ed448'],
	[0x081a, 'ecdsa_brainpoolP256r1'],
	[0x081b, 'ecdsa_brainpoolP384r1'],
	[0x081c, 'ecdsa_brainpoolP512r1'],
	[0x0804, 'rsa_pss_rsae_sha256'],
	[0x0805, 'rsa_pss_rsae_sha384'],
	[0x0806, 'rsa_pss_rsae_sha512'],
	[0x0809, 'rsa_pss_pss_sha256'],
	[0x080a, 'rsa_pss_pss_sha384'],
	[0x080b, 'rsa_pss_pss_sha512'],
	[0x0401, 'rsa_pkcs1_sha256'],
	[0x0501, 'rsa_pkcs1_sha384'],
	[0x0601, 'rsa_pkcs1_sha512'],
	[0x0402, 'dsa_sha256'],
	[0x0502, 'dsa_sha384'],
	[0x0602, 'dsa_sha512'],
	[0x0303, 'ecdsa_sha224'],
	[0x0301, 'rsa_pkcs1_sha224'],
	[0x0302, 'dsa_sha224'],
	[0x0203, 'ecdsa_sha1'],
	[0x0201, 'rsa_pkcs1_sha1'],
	[0x0202, 'dsa_sha1'],
	[0x0103, 'ecdsa_md5'],
	[0x0101, 'rsa_pkcs1_md5'],
];

export const signatureNumbers: readonly number[] = SIGNATURES.map(([number]) => number);

export function signatureName(number: number): string {
	return SIGNATURES.find(([known]) => known === number)?.[1] ?? `0x${number.toString(16).padStart(4, '0')}`;
}
