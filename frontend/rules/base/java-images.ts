import {type ImageName, officialNameOf} from './image-name.ts';

const SYSTEM = /^(?:noble|jammy|focal|alpine(?:-?\d+\.\d+)?)$/;
const MAJOR = /^(\d{1,2})(?:[._u+]|$)/;
// What else stands in tags of images that hold a Java, and says nothing about which one it is.
const SILENT =
	/^(?:jdk|jre|eclipse|temurin|slim|bullseye|buster|bookworm|trixie|oraclelinux\d|oracle|ubi\d|[a-z]*)$/;

/**
 * The runtime of the same Java, by the same makers where they make one: for images that hold a JDK, or a build tool and a JDK.
 * `maven:3-eclipse-temurin-21` and `gradle:8-jdk21` are made from eclipse-temurin; openjdk was given up by its makers, and
 * eclipse-temurin is built from the same sources.
 */
export function javaRuntimeOf(name: ImageName): string | undefined {
	const {tag = '', full} = name;
	const official = officialNameOf(name);
	if (official === 'eclipse-temurin') {
		return temurin(tag, tag.split('-'));
	}

	if (official === 'maven') {
		const [, temurinTag] = /-eclipse-temurin-(.+)$/.exec(tag) ?? [];
		const [, openTag] = /-(?:openjdk|jdk)-(.+)$/.exec(tag) ?? [];
		const found = temurinTag ?? openTag;
		return found === undefined ? undefined : temurin(found, found.split('-'));
	}

	if (official === 'gradle') {
		const parts = tag.split('-');
		const jdk = parts.find(part => /^jdk\d+$/.test(part))?.slice('jdk'.length);
		return jdk === undefined ? undefined : temurin(jdk, parts);
	}

	if (official === 'openjdk') {
		return temurin(tag, tag.split('-'));
	}

	return otherMakers(full, tag);
}

/** `21.0.5_11-jdk-noble` → `eclipse-temurin:21.0.5_11-jre-noble`; only versions of temurin's own form are kept in full. */
function temurin(version: string, parts: readonly string[]): string | undefined {
	const [head = ''] = version.split('-');
	const [, major] = MAJOR.exec(head) ?? [];
	if (major === undefined || parts.includes('jre') || parts.some(part => /^windows|^nanoserver/.test(part))) {
		return undefined;
	}

	const isExact = /^\d+(?:\.\d+){2,3}_\d+$/.test(head);
	const isKnown = parts.every(part => SYSTEM.test(part) || SILENT.test(part) || /\d/.test(part));
	const system = parts.find(part => SYSTEM.test(part))?.replace(/^alpine.+$/, 'alpine');
	return isKnown
		? ['eclipse-temurin:', isExact ? head : major, '-jre', system === undefined ? '' : `-${system}`].join('')
		: undefined;
}

function otherMakers(full: string, tag: string): string | undefined {
	switch (full) {
		case 'docker.io/library/ibm-semeru-runtimes':
			return /^open-\d+-jdk(?:-[a-z]+)?$/.test(tag)
				? `ibm-semeru-runtimes:${tag.replace('-jdk', '-jre')}`
				: undefined;
		case 'docker.io/library/tomcat':
			return /-jdk\d+(?:-|$)/.test(tag) ? `tomcat:${tag.replace('-jdk', '-jre')}` : undefined;
		case 'docker.io/bellsoft/liberica-openjdk-debian':
		case 'docker.io/bellsoft/liberica-openjdk-alpine':
			return tag === ''
				? undefined
				: `${full.replace('docker.io/', '').replace('openjdk', 'openjre')}:${tag}`;
		case 'docker.io/azul/zulu-openjdk':
			return /^\d{1,2}$/.test(tag) ? `azul/zulu-openjdk:${tag}-jre` : undefined;
		default:
			return undefined;
	}
}
