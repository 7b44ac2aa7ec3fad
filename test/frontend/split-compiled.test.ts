import test from 'ava';
import {openDockerfile} from '../../frontend/examine.ts';
import type {ImageFacts, Known} from '../../frontend/rules/rule.ts';
import {splitOf} from '../../frontend/rules/split/index.ts';
import {subjectOf} from '../../frontend/rules/subject.ts';

// Stages that compile what they start: what is written in their place, line by line, and what keeps us from it.

function split(text: string, known: Partial<Known> = {}) {
	const opened = openDockerfile({
		file: 'Dockerfile',
		bytes: new TextEncoder().encode(text),
		target: undefined,
		buildArgs: new Map(),
		contexts: new Set(),
	});
	const images = new Map<string, ImageFacts>();
	return splitOf(subjectOf({...opened, images, plan: undefined, requestedWaivers: [], ...known}));
}

/** The new stages, without the lines that only thin out folders and list libraries: those have tests of their own. */
function written(text: string, known: Partial<Known> = {}): readonly string[] {
	const lines = split(text, known)?.fix?.stage?.lines ?? [];
	return lines.map(line =>
		line
			.replace(/^(RUN find \S+).*/, '$1 …')
			.replace(/^(RUN ldd \S+).*/, '$1 …')
			.replace(/^(RUN --mount=type=bind).*/, '$1 …')
			.replace(/^RUN \{ \[ -e.*/, 'RUN [ -e …'),
	);
}

const GO = `FROM golang:1.24-trixie
WORKDIR /app
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -o server ./cmd/server
ENV MODE=production
EXPOSE 8000
CMD ["./server"]
`;

test('a Go program that needs no library goes into an image with nothing but certificates and time zones', t => {
	t.deepEqual(written(GO), [
		'FROM build AS sallyport-prepared',
		'RUN [ -e …',
		'RUN find /app …',
		'FROM gcr.io/distroless/static-debian12:latest AS sallyport-runtime',
		'COPY --from=sallyport-prepared /usr/local/go/lib/time /usr/local/go/lib/time',
		'COPY --from=sallyport-prepared /app /app',
		'WORKDIR /app',
		'ENV MODE=production',
		'EXPOSE 8000',
		'CMD ["./server"]',
	]);
});

test('sources, manifests and histories are thinned out before a folder comes over, the program itself never is', t => {
	const lines = split(GO)?.fix?.stage?.lines ?? [];

	t.is(
		lines.find(line => line.startsWith('RUN find')),
		String.raw`RUN find /app -type d \( -name '.git' -o -name '.github' -o -name '.gitlab' -o -name '.idea' -o -name '.vscode' -o -name '.devcontainer' \) -prune -exec rm -rf {} + && find /app -type f \( -name '.gitignore' -o -name '.gitattributes' -o -name '.gitmodules' -o -name '.dockerignore' -o -name '.editorconfig' -o -name 'Dockerfile' -o -name '*.Dockerfile' -o -name '*.go' -o -name 'go.mod' -o -name 'go.sum' -o -name 'go.work' -o -name 'go.work.sum' -o -name '.golangci.yml' -o -name '.golangci.yaml' -o -name '.air.toml' \) ! -path /app/server -delete`,
	);
});

test("the author's stage gets a name and nothing else", t => {
	const edits = split(GO)?.fix?.edits ?? [];

	t.deepEqual(
		edits.map(({text}) => text),
		[' AS build'],
	);
	t.deepEqual(split(GO.replace('trixie\n', 'trixie AS own\n'))?.fix?.edits, []);
});

const RUNTIMES: readonly (readonly [string, string, string])[] = [
	['with C in it', GO.replace('CGO_ENABLED=0 ', ''), 'FROM debian:trixie-slim AS sallyport-runtime'],
	[
		'started by a shell',
		GO.replace('["./server"]', './server'),
		'FROM debian:trixie-slim AS sallyport-runtime',
	],
	[
		'with a health check in a shell',
		GO.replace('CMD [', 'HEALTHCHECK CMD ./server -check\nCMD ['),
		'FROM debian:trixie-slim AS sallyport-runtime',
	],
	[
		'with packages',
		GO.replace('WORKDIR', 'RUN apt-get update && apt-get install -y ffmpeg\nWORKDIR'),
		'FROM debian:trixie-slim AS sallyport-runtime',
	],
	[
		'with a user',
		GO.replace('WORKDIR', 'RUN useradd app\nWORKDIR'),
		'FROM debian:trixie-slim AS sallyport-runtime',
	],
	[
		'of bookworm, with C in it',
		GO.replace('CGO_ENABLED=0 ', '').replace('trixie', 'bookworm'),
		'FROM debian:bookworm-slim AS sallyport-runtime',
	],
	[
		'of Alpine',
		GO.replace('CGO_ENABLED=0 ', '').replace('trixie', 'alpine3.22'),
		'FROM alpine:3.22 AS sallyport-runtime',
	],
	[
		'where ENV turns C off',
		GO.replace('CGO_ENABLED=0 ', '').replace('WORKDIR', 'ENV CGO_ENABLED=0\nWORKDIR'),
		'FROM gcr.io/distroless/static-debian12:latest AS sallyport-runtime',
	],
];

for (const [title, text, from] of RUNTIMES) {
	test(`a Go program ${title}: ${from.split(' ')[1]}`, t => {
		t.true(written(text).includes(from), written(text).join('\n'));
	});
}

test('an image that the builder does not know, or that is not approved, gives way to the next', t => {
	const unknown = written(GO, {unresolved: ['gcr.io/distroless/static-debian12:latest']});
	const policy = {name: 'acme', isApprovalRequired: false, approvedBases: ['docker.io/library/*']};

	t.true(unknown.includes('FROM debian:trixie-slim AS sallyport-runtime'));
	t.true(written(GO, {policy}).includes('FROM debian:trixie-slim AS sallyport-runtime'));
});

test('what go install makes is found by its name', t => {
	const text =
		'FROM golang:1.24-trixie\nWORKDIR /go/src/app\nCOPY . .\nRUN go install -v ./...\nCMD ["app"]\n';

	t.deepEqual(written(text), [
		'FROM build AS sallyport-prepared',
		'RUN [ -e …',
		'RUN find /go/src/app …',
		'RUN ldd /go/bin/app …',
		'FROM debian:trixie-slim AS sallyport-runtime',
		'ENV PATH=/go/bin:$PATH',
		'RUN --mount=type=bind …',
		'COPY --from=sallyport-prepared /etc/ssl/certs /etc/ssl/certs',
		'COPY --from=sallyport-prepared /usr/share/ca-certificates /usr/share/ca-certificates',
		'COPY --from=sallyport-prepared /go/bin/app /go/bin/app',
		'COPY --from=sallyport-prepared /go/src/app /go/src/app',
		'WORKDIR /go/src/app',
		'CMD ["app"]',
	]);
});

test('a Rust program comes over with what lies beside its sources, users and libraries', t => {
	const text =
		'FROM rust:1.85-bookworm\nRUN useradd -m app\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nUSER app\nCMD ["./target/release/hello"]\n';

	t.deepEqual(written(text), [
		'FROM build AS sallyport-prepared',
		'USER root',
		'RUN [ -e …',
		'RUN find /app …',
		'RUN ldd /app/target/release/hello …',
		'FROM debian:bookworm-slim AS sallyport-runtime',
		'COPY --from=sallyport-prepared /etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/',
		'RUN --mount=type=bind …',
		'COPY --from=sallyport-prepared /etc/ssl/certs /etc/ssl/certs',
		'COPY --from=sallyport-prepared /usr/share/ca-certificates /usr/share/ca-certificates',
		'COPY --from=sallyport-prepared /app /app',
		'COPY --from=sallyport-prepared /home /home',
		'WORKDIR /app',
		'USER app',
		'CMD ["./target/release/hello"]',
	]);
});

test('of the folder of cargo only what is no leftover of the compiler comes over', t => {
	const text =
		'FROM rust:1.85\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nCMD ["/app/target/release/hello"]\n';
	const line = split(text)?.fix?.stage?.lines.find(each => each.startsWith('RUN find')) ?? '';

	t.true(line.includes("-path '*/release/deps'"));
	t.true(line.includes('! -path /app/target/release/hello'));
});

test('a Rust program for musl needs no library', t => {
	const text =
		'FROM rust:1.85\nWORKDIR /app\nCOPY . .\nRUN cargo build --release --target x86_64-unknown-linux-musl\nCMD ["/app/target/x86_64-unknown-linux-musl/release/hello"]\n';

	t.true(written(text).includes('FROM gcr.io/distroless/static-debian12:latest AS sallyport-runtime'));
});

test('what Maven built goes to the runtime of the same Java', t => {
	const text =
		'FROM maven:3-eclipse-temurin-21\nWORKDIR /app\nCOPY pom.xml .\nRUN mvn -B dependency:go-offline\nCOPY src ./src\nRUN mvn -B package\nEXPOSE 8080\nCMD ["java", "-jar", "target/app.jar"]\n';

	t.deepEqual(written(text), [
		'FROM build AS sallyport-prepared',
		'RUN find /app …',
		'FROM eclipse-temurin:21-jre AS sallyport-runtime',
		'COPY --from=sallyport-prepared /app /app',
		'WORKDIR /app',
		'EXPOSE 8080',
		'CMD ["java", "-jar", "target/app.jar"]',
	]);
});

test('classes come over as archives do', t => {
	const text =
		'FROM eclipse-temurin:21-jdk\nWORKDIR /app\nCOPY . .\nRUN javac -d out src/*.java\nCMD ["java", "-cp", "out:lib/*", "Main"]\n';

	t.true(written(text).includes('COPY --from=sallyport-prepared /app /app'));
	t.deepEqual(split(text)?.doubts, []);
});

test('what .NET published listens where it listened with the SDK', t => {
	const text =
		'FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /src\nCOPY . .\nRUN dotnet publish -c Release -o /out\nWORKDIR /out\nENTRYPOINT ["dotnet", "app.dll"]\n';

	t.deepEqual(written(text), [
		'FROM build AS sallyport-prepared',
		'RUN find /src …',
		'FROM mcr.microsoft.com/dotnet/aspnet:8.0 AS sallyport-runtime',
		'ENV ASPNETCORE_URLS= ASPNETCORE_HTTP_PORTS=',
		'COPY --from=sallyport-prepared /src /src',
		'COPY --from=sallyport-prepared /out /out',
		'WORKDIR /out',
		'ENTRYPOINT ["dotnet", "app.dll"]',
	]);
});

const C = `FROM debian:trixie
RUN apt-get update && apt-get install -y --no-install-recommends gcc make libc6-dev libfoo-dev curl
WORKDIR /app
COPY . .
RUN ./configure && make -j$(nproc) && make install
CMD ["hello"]
`;

test("what was compiled with the distribution's compiler comes over without it, and its libraries are installed again", t => {
	t.deepEqual(
		written(C).map(line => line.replace(/ && rm -rf .*/, ' && …')),
		[
			'FROM build AS sallyport-prepared',
			'RUN find /app …',
			'RUN ldd /usr/local/bin/hello …',
			'FROM debian:trixie-slim AS sallyport-runtime',
			'RUN export DEBIAN_FRONTEND=noninteractive && apt-get update && apt-get install -y --no-install-recommends curl && …',
			'RUN --mount=type=bind …',
			'COPY --from=sallyport-prepared /usr/local /usr/local',
			'RUN ldconfig',
			'COPY --from=sallyport-prepared /app /app',
			'WORKDIR /app',
			'CMD ["hello"]',
		],
	);
});

const SHOWN: readonly (readonly [string, string, string])[] = [
	[
		'a command that nobody knows',
		GO.replace('ENV MODE', 'RUN ./generate.sh\nENV MODE'),
		'what generate.sh changes is not known',
	],
	[
		'another prefix of the system',
		C.replace('configure', 'configure --prefix=/usr'),
		'/usr is changed, which other programs share',
	],
	[
		'a program from nowhere',
		GO.replace('"./server"', '"/opt/other/server"'),
		'where /opt/other/server comes from is not known',
	],
];

for (const [title, text, why] of SHOWN) {
	test(`${title} is a reason to show the stages and not to make them`, t => {
		const found = split(text);

		t.is(found?.fix, undefined);
		t.deepEqual(
			found?.doubts.map(doubt => doubt.why),
			[why],
		);
		t.true((found?.proposal.length ?? 0) > 3);
	});
}

const LEFT: readonly (readonly [string, string])[] = [
	['that runs its sources', GO.replace('["./server"]', '["go", "run", "."]')],
	['that watches its sources', GO.replace('["./server"]', '["air"]')],
	['that does not say what starts', GO.replace('CMD ["./server"]\n', '')],
	['that compiles nothing', 'FROM golang:1.24\nRUN apt-get install -y gcc\nCMD ["bash"]\n'],
	[
		'that removes its compilers again',
		C.replace('make install', 'make install && apt-get purge -y gcc make libc6-dev libfoo-dev'),
	],
];

for (const [title, text] of LEFT) {
	test(`a stage ${title} is not split`, t => {
		t.is(split(text), undefined);
	});
}

test('a program that is called by its name comes from the folder that it was built into', t => {
	const lines = written(
		'FROM golang:1.24-trixie\nWORKDIR /src\nCOPY . .\nRUN go build -o /usr/local/bin/server .\nCMD ["server"]\n',
	);

	t.true(lines.includes('COPY --from=sallyport-prepared /usr/local/bin/server /usr/local/bin/server'));
	t.deepEqual(
		lines.filter(line => line.includes('/go/bin/server')),
		[],
	);
});
