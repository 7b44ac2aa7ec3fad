/** Where the applications of the rows lie: an image that is built from `test/fixtures/images`. */
export const PARTS = 'sallyport-test/image-parts';

/** A kind of image that a proxy is put into. */
export interface ImageRow {
	/** Its Dockerfile without the syntax line. */
	readonly dockerfile: string;
	/** Answers everything at once, so that no request can be under way when it is stopped. */
	readonly isQuick?: true;
	/** Columns in which it cannot run, and says so: the exit code, and what is said. */
	readonly refused?: Readonly<Record<string, readonly [code: number, said: RegExp]>>;
}

const application = (from: string, file: string, rest: string): string =>
	`FROM ${from}\nCOPY --from=${PARTS} /${file} /app\nEXPOSE 3000\n${rest}\n`;

// Root that may not leave root has to be named, and an empty image names nobody.
const nameless = [78, /--user 65532:65532/] as const;

/** Every kind of base and of start that the layer must live with. */
export const imageRows: Readonly<Record<string, ImageRow>> = {
	'an empty image with a static program': {
		dockerfile: application('scratch', 'static', 'ENTRYPOINT ["/app"]'),
		refused: {'without capabilities': nameless},
	},
	musl: {dockerfile: application('alpine:3.22', 'musl', 'CMD ["/app"]')},
	'glibc of Debian 12': {dockerfile: application('debian:bookworm-slim', 'glibc', 'CMD ["/app"]')},
	'glibc of Debian 13': {dockerfile: application('debian:trixie-slim', 'glibc', 'CMD ["/app"]')},
	'an image without shell and packages': {
		dockerfile: application('gcr.io/distroless/static-debian12:nonroot', 'static', 'ENTRYPOINT ["/app"]'),
	},
	'an image that runs nginx already': {
		dockerfile:
			'FROM debian:trixie-slim\nRUN apt-get update -q && apt-get install -qy --no-install-recommends nginx && rm -rf /var/lib/apt/lists/*\n' +
			'COPY nginx.conf /nginx.conf\nSTOPSIGNAL SIGQUIT\nEXPOSE 3000\nCMD ["nginx", "-c", "/nginx.conf"]\n',
		isQuick: true,
	},
	'an image with an init of its own': {
		dockerfile: application(
			'alpine:3.22',
			'musl',
			`COPY --from=${PARTS} /init /init\nENTRYPOINT ["/init", "/app"]`,
		),
	},
	'an image with a user': {
		dockerfile: application(
			'debian:bookworm-slim',
			'glibc',
			'RUN useradd --uid 10001 someone\nUSER someone\nCMD ["/app"]',
		),
	},
	'a shell before the application': {dockerfile: application('alpine:3.22', 'musl', 'ENTRYPOINT /app')},
	'a library that is loaded before all others': {
		dockerfile: application(
			'alpine:3.22',
			'musl',
			`COPY --from=${PARTS} /libpre.so /usr/lib/libpre.so\nENV LD_PRELOAD=/usr/lib/libpre.so\nCMD ["/app"]`,
		),
	},
};

const READ_ONLY = ['--read-only', '--tmpfs', '/tmp'];
const NO_CAPABILITIES = ['--cap-drop', 'ALL'];
const NO_PRIVILEGES = ['--security-opt', 'no-new-privileges'];
const NOEXEC = ['--tmpfs', '/run/sallyport:rw,noexec,nosuid,nodev,size=16m'];
const ORDINARY = ['--tmpfs', '/run/sallyport'];

/** Some user that no image has a name for, with the group that OpenShift gives. */
const RANDOM_USER = `${1_000_000_000 + (process.pid % 1_000_000)}:0`;

/** How a container is held short. The first one is all of it. */
export const columns: Readonly<Record<string, readonly string[]>> = {
	'held as short as it can be': [
		...READ_ONLY,
		...NO_CAPABILITIES,
		...NO_PRIVILEGES,
		...NOEXEC,
		...['--user', '65532:65532'],
	],
	'with a root that is read-only': [...READ_ONLY, ...ORDINARY],
	'without capabilities': [...NO_CAPABILITIES, ...ORDINARY],
	'without new privileges': [...NO_PRIVILEGES, ...ORDINARY],
	'with a tmpfs that nothing is run from': NOEXEC,
	'as the user 65532': [...ORDINARY, '--user', '65532:65532'],
	'as a user that nobody knows': [...ORDINARY, '--user', RANDOM_USER],
};
