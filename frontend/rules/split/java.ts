import {optionValue, subcommandOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {imageNameOf} from '../base/image-name.ts';
import {javaRuntimeOf} from '../base/java-images.ts';
import {resolvePath} from '../secret/paths.ts';
import {compiledPlan} from './compiled.ts';
import {type Effect, type Place, type Reader, writes} from './effect.ts';
import type {Candidate, Language, SplitPlan} from './split.ts';
import type {Started} from './started.ts';

/** Java: what was built goes over to the runtime of the same Java, by the same makers. */
export const java: Language = {name: 'Java', plan};

/** The home of the user in gradle's image, where it stands. */
const GRADLE = '/home/gradle';

function plan(candidate: Candidate): SplitPlan | undefined {
	const runtime = javaRuntimeOf(imageNameOf(candidate.ref));
	if (runtime === undefined) {
		return undefined;
	}

	const isGradle = candidate.image.name === 'gradle';
	const own = candidate.subject.images.get(candidate.ref)?.workdir;
	return compiledPlan(candidate, {
		leaves:
			isGradle || candidate.image.name === 'maven'
				? 'the build tool, the JDK and the sources'
				: 'the JDK and the sources',
		read,
		builds: ({name}) => BUILDERS.has(name),
		workdir: own || (isGradle ? GRADLE : '/'),
		runners: ({names, commands}) =>
			names.some(name => RUNNERS.has(name)) || commands.some(({name}) => RUNNERS.has(name)),
		given: givenTo,
		present: ['java'],
		isLinked: false,
		left: ['/root/.m2', '/root/.gradle', `${GRADLE}/.gradle`, '/var/maven'],
		waste: {
			files: [
				'*.java',
				'*.kt',
				'*.kts',
				'*.scala',
				'*.jar.original',
				'*-sources.jar',
				'*-javadoc.jar',
				'pom.xml',
				'build.gradle',
				'settings.gradle',
				'gradle.properties',
				'mvnw',
				'mvnw.cmd',
				'gradlew',
				'gradlew.bat',
			],
			folders: [
				'.mvn',
				'.gradle',
				'.m2',
				'test-classes',
				'maven-status',
				'maven-archiver',
				'surefire-reports',
				'test-results',
				'generated-sources',
				'generated-test-sources',
			],
		},
		images: () => [runtime],
	});
}

const BUILDERS: ReadonlySet<string> = new Set(['mvn', 'mvnw', 'gradle', 'gradlew', 'javac']);
const RUNNERS: ReadonlySet<string> = new Set([
	...[
		'mvn',
		'mvnw',
		'gradle',
		'gradlew',
		'javac',
		'jshell',
		'sbt',
		'ant',
		'make',
		'kotlinc',
		'scala',
		'lein',
	],
]);

/** The archive behind `-jar`; nothing more where classes lie in the folder where it starts; absent where they are told in another way. */
function givenTo({commands, pathOf, workdir}: Started): readonly string[] | undefined {
	const javas = commands.filter(({name}) => name === 'java');
	const given = javas.map(command => {
		const at = command.args.findIndex(({text}) =>
			/^-(?:jar|cp|classpath|-class-path|p|-module-path)$/.test(text),
		);
		if (at === -1) {
			return [];
		}

		const word = command.args[at + 1];
		if (command.args[at]?.text === '-jar') {
			const path = pathOf(command, word);
			return path === undefined ? undefined : [path];
		}

		return placesIn(word?.value, workdir);
	});
	return javas.length === 0 || given.includes(undefined) ? undefined : given.flatMap(each => each ?? []);
}

/** `out:lib/*` → the folders. */
function placesIn(list: string | undefined, workdir: string | undefined): readonly string[] | undefined {
	const parts = list?.split(':').filter(part => part !== '') ?? [];
	const isKnown = parts.every(part => part.startsWith('/') || workdir !== undefined);
	return list === undefined || !isKnown
		? undefined
		: parts.map(part => resolvePath(workdir ?? '/', part.replace(/\/?\*$/, '')));
}

const read: Reader = (command, place) => {
	switch (command.name) {
		case 'mvn':
		case 'mvnw':
			return mavenEffects(command, place);
		case 'gradle':
		case 'gradlew':
			return [writes(place.folder, command.name)];
		case 'javac':
			return [writes(placeOf(command, place), 'javac')];
		case 'jar':
			return [writes(place.folder, 'jar')];
		case 'java':
		case 'dos2unix':
			return command.args.every(({text}) => text.startsWith('-version')) ? [] : undefined;
		default:
			return undefined;
	}
};

function mavenEffects(command: Command, place: Place): readonly Effect[] {
	const file = optionValue(command, 'f', 'file');
	const folder = file === undefined ? place.folder : undefined;
	const isOffline =
		subcommandOf(command) === 'dependency:go-offline' || subcommandOf(command) === 'dependency:resolve';
	if (file !== undefined) {
		const path = file.startsWith('/') || place.folder === undefined ? file : `${place.folder}/${file}`;
		return [writes(path.replace(/\/[^/]*\.xml$/, ''), 'mvn')];
	}

	return isOffline ? [] : [writes(folder, 'mvn')];
}

/** `-d` names the folder of what is compiled, else it lies beside the sources. */
function placeOf(command: Command, place: Place): string | undefined {
	const at = command.args.findIndex(({text}) => text === '-d');
	return at === -1 ? place.folder : place.path(command.args[at + 1]);
}
