import type {Edit} from '../../dockerfile/edit.ts';
import type {Command} from '../../shell/script.ts';
import {failAt, fixOf} from '../package/finding.ts';
import {finalRunsOf} from '../package/runs.ts';
import type {Image} from '../package/stages.ts';
import type {Rule, Subject} from '../rule.ts';
import {finalImage, isSetFinally, startsOf} from './starts.ts';

const KITS: ReadonlySet<string> = new Set([
	'eclipse-temurin',
	'openjdk',
	'maven',
	'gradle',
	'amazoncorretto',
	'azul/zulu-openjdk',
]);
const MEMORY = /^-(?:Xmx|XX:(?:MaxRAM|MaxRAMPercentage|MaxHeapSize)\b)/;
const OPTIONS = ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS'];

export const javaRuntime: Rule = function* (subject) {
	const java = startsOf(subject).find(({name}) => name === 'java');
	if (java === undefined) {
		return;
	}
	const image = finalImage(subject);
	if (image !== undefined && isKit(image)) {
		const from = (subject.chain.stages[0] ?? subject.target).from;
		const message =
			'The image holds a whole JDK, compiler and debugger included, and only runs Java: take a JRE, or make one with jlink in another stage.';
		yield failAt(subject, from, message, fixOf('a JRE', withRuntime(subject, image)));
	}
	if (!saysMemory(java) && !isSetFinally(subject, ...OPTIONS)) {
		const message =
			'Java takes a quarter of the memory that the container may use, and leaves the rest idle: write -XX:MaxRAMPercentage=75, or what was measured.';
		yield failAt(subject, java, message);
	}
};

function isKit({name, tag}: Image): boolean {
	return KITS.has(name) && !/(?:^|-)(?:jre|headless)/.test(tag);
}

/** A variable, or a file of options, may say it as well. */
function saysMemory({args}: Command): boolean {
	return args.some(({text, variables}) => MEMORY.test(text) || variables.length > 0 || text.startsWith('@'));
}

/** Temurin has the same tags with `jre`. Not where something of the image is built in it. */
function withRuntime(subject: Subject, {name, tag}: Image): Edit | undefined {
	const {base} = subject.chain.stages[0] ?? subject.target;
	const builds = finalRunsOf(subject).length > 0;
	const other = /-jdk(?=-|$)/.test(tag)
		? tag.replace(/-jdk(?=-|$)/, '-jre')
		: tag.replace(/^([\w.+]+)/, '$1-jre');
	const at = base.text.lastIndexOf(`:${tag}`);
	const isPlain =
		name === 'eclipse-temurin' && /^\d[\w.+-]*$/.test(tag) && base.text.endsWith(`:${tag}`) && at > 0;
	const end = base.span.end;
	return isPlain && !builds ? {span: {start: end - tag.length, end}, text: other} : undefined;
}
