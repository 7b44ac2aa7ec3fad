import {decode, encode, type Message} from '../proto/buildkit/codec.ts';
import {type MethodName, methods, type RequestOf, type ResponseOf} from '../proto/buildkit/gateway.ts';
import {build} from './build.ts';
import {loadBundle, namesIn} from './bundles.ts';
import type {Gateway} from './gateway/client.ts';
import {readOptions} from './options.ts';

// The image's build lets one ordinary build run here, against a builder that is none, and takes a snapshot of the process after
// it: every build of the image starts with all code loaded and compiled, and with the policies that it holds in memory.

// Of everything that Dockerfiles are made of, something: what a rule does with it is compiled then.
const DOCKERFILE = `# syntax=sallyport/frontend:1
ARG NODE=24
FROM node:\${NODE}-bookworm-slim AS build
ARG TOKEN
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci && pip install requests; curl -L https://example.com/x | tar xz
RUN apt-get update && apt-get install -y --no-install-recommends git=1:2.39 \\
    && rm -rf /var/lib/apt/lists/*
ADD https://example.com/tool.tar.gz /opt/
RUN <<END
set -e
apk add curl
END

FROM node:24-bookworm-slim
# why
LABEL org.opencontainers.image.title="a"
ENV NODE_ENV=production DEBUG=1
COPY --from=build --chown=1000 /app /app
COPY . .
RUN useradd -u 10001 app && chmod 755 /app && mkdir -p /data
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s CMD curl -f http://localhost:3000/healthz || exit 1
USER app
ENTRYPOINT ["docker-entrypoint.sh"]
CMD node server.js
`;

const project = 'facts: {health: /healthz}\n';

/**
 * Runs one build from its options to its patched result, and reads every policy there is. Whatever goes wrong is thrown: an image
 * that cannot do this is no good.
 */
export async function rehearse(bundles: URL): Promise<void> {
	for (const name of await namesIn(bundles)) {
		await loadBundle(name, bundles, new Date());
	}

	const options = readOptions({
		BUILDKIT_FRONTEND_OPT_0: 'filename=Dockerfile',
		BUILDKIT_SESSION_ID: 'rehearsal',
	});
	const result = await build(pretended, options, bundles, new Date());
	await pretended.call('return', {result});
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const answers: {readonly [M in MethodName]: (request: RequestOf<M>) => ResponseOf<M>} = {
	ping: () => ({
		frontendCaps: ['gateway.evaluate', 'gateway.warnings', 'reference.attestations'].map(id => ({
			id,
			enabled: true,
		})),
		workers: [{id: 'rehearsal', platforms: [{os: 'linux', architecture: 'amd64'}]}],
	}),
	inputs: () => ({definitions: {}}),
	solve: ({frontend}) => ({
		result: {
			ref: {id: 'rehearsal'},
			metadata:
				frontend === undefined
					? {}
					: {
							'containerimage.config': bytes(
								'{"os":"linux","architecture":"amd64","config":{"Cmd":["node"]}}',
							),
						},
		},
	}),
	readFile: ({path = ''}) => ({
		data: bytes(path.endsWith('.yaml') ? project : path.endsWith('ignore') ? 'dist\n' : DOCKERFILE),
	}),
	statFile: () => ({}),
	readDir: () => ({entries: []}),
	resolveImageConfig: () => ({digest: `sha256:${'0'.repeat(64)}`, config: bytes('{"config":{"User":""}}')}),
	warn: () => ({}),
	return: () => ({}),
};

const pretended: Gateway = {
	async call(method, request) {
		const {request: asked, response} = methods[method];
		const read = through(asked as Message<never>, request as never);
		return through(response as Message<never>, answers[method](read) as never);
	},
};

/** What comes out when a message is sent. */
function through(type: Message<never>, value: never): never {
	return decode(type, encode(type, value)) as never;
}
