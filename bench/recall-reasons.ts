/** Why a finding of hadolint's is none of ours. */
interface Reason {
	readonly code: string;
	readonly why: string;
	/** `file:line` of the corpus; absent where it holds whenever our rule points at another line of the same file. */
	readonly places?: readonly string[];
}

const COMPOSE = 'awesome-compose__';
const FRAZELLE = 'jessfraz__';
const UNUSED = 'nothing asks for this stage, so it is never built';

const reasons: readonly Reason[] = [
	{code: 'DL3012', why: 'told at the one that is replaced'},
	{code: 'DL3057', why: 'told once, for the stage that makes the image'},
	{code: 'DL4001', why: 'told once'},
	{code: 'DL4003', why: 'told at the one that is replaced'},
	{code: 'DL4004', why: 'told at the one that is replaced'},
	{
		code: 'DL3003',
		why: 'in the middle of a chain or in a subshell, into a folder that the same RUN has made',
		places: [
			...['keepassxc', 'wargames', 'oauth2-proxy', 'lpass', 'gcloud', 'protocol', 'golinks'],
			...['runc-rootless', 'gitiles', 'pdp-10__its', 'mc'],
		].map(name => `${FRAZELLE}${name}`),
	},
	{code: 'DL3018', why: UNUSED, places: [`${COMPOSE}nginx-golang-mysql`, `${COMPOSE}nginx-golang-postgres`]},
	{code: 'DL3018', why: 'what the variable holds here is not certain', places: [`${FRAZELLE}keepassxc`]},
	{code: 'DL3019', why: UNUSED, places: [`${COMPOSE}nginx-golang-mysql`, `${COMPOSE}nginx-golang-postgres`]},
	{
		code: 'DL3022',
		why: `${UNUSED}; nor is it wrong to copy from an image`,
		places: [`${COMPOSE}nginx-golang-mysql`, `${COMPOSE}nginx-golang-postgres`],
	},
	{code: 'DL3067', why: UNUSED, places: [`${COMPOSE}nginx-golang-mysql`, `${COMPOSE}nginx-golang-postgres`]},
	{
		code: 'DL3059',
		why: 'in a stage of which only files are taken, so its layers are no weight of the image',
		places: [`${COMPOSE}aspnet-mssql`, ...['fleet', 'consul', 'viewdocs'].map(name => `${FRAZELLE}${name}`)],
	},
	{code: 'DL3059', why: 'told once for several that follow each other'},
	{
		code: 'DL3062',
		why: 'a version is checked out afterwards',
		places: [`${FRAZELLE}consul`, `${FRAZELLE}oauth2-proxy`],
	},
	{
		code: 'DL4006',
		why: 'what stands before the pipe cannot fail: echo, dpkg --print-architecture',
		places: [`${FRAZELLE}consul__Dockerfile.Dockerfile:21`, `${FRAZELLE}unifi`],
	},
];

/** @param place `file:line` */
export function reasonFor(code: string, place: string, isToldElsewhere: boolean): string | undefined {
	return reasons.find(
		each => each.code === code && (each.places?.some(start => place.startsWith(start)) ?? isToldElsewhere),
	)?.why;
}
