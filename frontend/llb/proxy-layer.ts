import type {Platform} from '../options.ts';
import {
	definitionOf,
	emptyGraph,
	type Graph,
	image,
	type NewFile,
	withFiles,
	withoutFolder,
	withTree,
	withVertex,
} from './definition.ts';

/** What runs nginx's scripts is a fifth of the tree, and most plans have no script. */
const SCRIPTING = '/opt/sallyport/njs';
const SCRIPTS = '/opt/sallyport/conf/njs/';
const NONE = 2;
const TMPFS = 4;
/** Number of the check's output that holds its note; 0 is its root. */
const NOTE = 1;

/** The image that a tree is copied from, and the platform whose it is. */
export interface LayerSource {
	readonly ref: string;
	readonly platform: Platform;
}

/** Whether a plan's files need what runs scripts. */
export function isScripted(files: readonly Pick<NewFile, 'path'>[]): boolean {
	return files.some(({path}) => path.startsWith(SCRIPTS));
}

/**
 * The layer that goes into the application's image: the engine's tree, what was rendered for this application, and the note
 * that the proxy itself accepted it. The note ties them together: without a passed check there is no layer.
 * @param checker whose tree the check is run with: one for another processor would need an emulator
 */
export function proxyLayer(
	from: LayerSource,
	files: readonly NewFile[],
	resolveMode: string,
	checker: LayerSource = from,
): Uint8Array {
	const written = withFiles(emptyGraph, files, '[sallyport] write proxy configuration');
	const scripted = isScripted(files);
	const treeOf = ({ref, platform}: LayerSource): Graph => {
		const tree = image(ref, platform, resolveMode);
		return scripted ? tree : withoutFolder(tree, SCRIPTING, '[sallyport] leave out what runs scripts');
	};
	const configuredOf = (source: LayerSource): Graph =>
		withTree(treeOf(source), written, '[sallyport] put them into the proxy');
	const configured = configuredOf(from);
	const note = checked(configuredOf(checker), checker.platform);
	return definitionOf(withTree(configured, note, '[sallyport] put the note of the check beside it'));
}

/** The contract and the record. */
export function recordLayer(files: readonly NewFile[]): Uint8Array {
	const written = withFiles(emptyGraph, files, '[sallyport] write contract and record');
	return definitionOf(withTree(emptyGraph, written, '[sallyport] record layer'));
}

/** Runs the proxy's own test of its configuration: no network, nothing writable but a tmpfs and the note's folder. */
function checked(configured: Graph, platform: Platform): Graph {
	const {head} = configured;
	const args = ['/opt/sallyport/bin/sallyport-init', 'check', '--out', '/out'];
	return withVertex(
		configured,
		{
			inputs: head === undefined ? [] : [head],
			exec: {
				meta: {args, env: ['PATH=/usr/bin:/bin'], cwd: '/'},
				mounts: [
					// With an output it is writable, which the runtime needs to make /proc and the like; what is written is not used.
					{input: 0, dest: '/'},
					{input: -1, dest: '/run/sallyport', output: -1, mountType: TMPFS, tmpfs: {}},
					{input: -1, dest: '/out', output: NOTE},
				],
				network: NONE,
			},
			platform,
		},
		'[sallyport] check proxy configuration',
		NOTE,
	);
}
