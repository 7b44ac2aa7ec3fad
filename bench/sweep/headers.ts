/** What every answer has to carry: a name, and a pattern for its value. The same six for everybody. */
export const HEADERS: readonly (readonly [name: string, value: string, pattern: string])[] = [
	['Strict-Transport-Security', 'max-age=31536000; includeSubDomains', '^max-age=31536000'],
	['X-Content-Type-Options', 'nosniff', '^nosniff$'],
	['X-Frame-Options', 'DENY', '^(DENY|SAMEORIGIN)$'],
	['Referrer-Policy', 'no-referrer', '^no-referrer$'],
	['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'", "default-src 'none'"],
	['Permissions-Policy', 'camera=()', 'camera=\\(\\)'],
];

export const HOST = 'www.app.example';
export const FIRST_PORT = 21_000;
export const AT_ONCE = 48;
