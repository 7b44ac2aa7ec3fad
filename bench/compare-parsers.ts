import {isDeepStrictEqual} from 'node:util';
import type {Dockerfile} from '../frontend/dockerfile/ast.ts';
import {decode} from '../frontend/dockerfile/bytes.ts';
import {ParseError} from '../frontend/dockerfile/error.ts';
import {answerOf, innerOf} from '../test/helpers/parser-answer.ts';

/** What `main.go` says of one file. Text is base64, because it need not be UTF-8. */
export interface Theirs {
	readonly refused?: string;
	readonly escape: string;
	readonly nodes: readonly TheirNode[];
	readonly stages: readonly string[];
}

interface TheirNode {
	/** Lower case, as BuildKit compares it. */
	readonly value: string;
	/** The same as written. */
	readonly word: string;
	readonly flags: readonly string[];
	readonly args: readonly string[];
	readonly json: boolean;
	readonly start: number;
	readonly end: number;
	readonly heredocs: readonly {
		readonly name: string;
		readonly content: string;
		readonly isExpanded: boolean;
		readonly isChomped: boolean;
	}[];
	readonly inner?: TheirNode;
}

export interface Comparison {
	/** A kind of outcome, with few enough kinds to count them. */
	readonly outcome: string;
	readonly agrees: boolean;
}

/** Names and values of flags, durations and mounts are left to BuildKit: see the README of `frontend/dockerfile`. */
const leftToBuildKit =
	/unknown flag|[Dd]uplicate flag|[Mm]issing a value on flag|[Ee]xpecting boolean|invalid field|mount|security is not|invalid network mode|unsupported network|[Ii]nterval|[Tt]imeout|--?retries|[Rr]etries|time: |flag|strconv.ParseInt|checksum|unexpected key|invalid (?:value|key)/;

export function compare(ours: Dockerfile | ParseError, theirs: Theirs): Comparison {
	if (ours instanceof ParseError) {
		return theirs.refused === undefined
			? {outcome: `only we refuse: ${ours.code}`, agrees: /TOO_COMPLEX|TOO_LARGE/.test(ours.code)}
			: {outcome: 'both refuse', agrees: true};
	}
	if (theirs.refused !== undefined) {
		return leftToBuildKit.test(theirs.refused)
			? {outcome: 'only BuildKit refuses, for a flag', agrees: true}
			: {outcome: `only BuildKit refuses: ${kindOf(theirs.refused)}`, agrees: false};
	}
	const difference = differenceOf(ours, theirs);
	return difference === undefined
		? {outcome: 'the same instructions and arguments', agrees: true}
		: {outcome: `other ${difference}`, agrees: false};
}

function differenceOf(ours: Dockerfile, {escape: escapeBy, nodes, stages}: Theirs): string | undefined {
	const answer = answerOf(ours);
	if (answer.escape !== escapeBy) {
		return 'escape character';
	}
	if (!isDeepStrictEqual(answer.stages, stages)) {
		return 'stages';
	}
	if (answer.nodes.length !== nodes.length) {
		return 'number of instructions';
	}
	const inner = innerOf(ours);
	for (const [index, node] of nodes.entries()) {
		const wanted = readable(node);
		if (!isDeepStrictEqual(lowered(answer.nodes[index]), wanted)) {
			return node.value.toUpperCase();
		}
		if (node.inner !== undefined && !isDeepStrictEqual(lowered(inner[index]), partOf(node.inner))) {
			return `ONBUILD ${node.inner.value.toUpperCase()}`;
		}
	}
	return undefined;
}

function lowered<T extends {readonly value: string}>(node: T | undefined) {
	return node === undefined ? undefined : {...node, value: node.value.toLowerCase()};
}

function readable({value, flags, args, json, start, end, heredocs, inner}: TheirNode) {
	return {
		value,
		flags: flags.map(textOf),
		args: inner === undefined ? args.map(textOf) : [textOf(inner.word), ...inner.args.map(textOf)],
		json,
		start,
		end,
		heredocs: heredocs.map(each => [
			textOf(each.name),
			textOf(each.content),
			each.isExpanded,
			each.isChomped,
		]),
	};
}

function partOf({value, flags, args, json}: TheirNode) {
	return {value, flags: flags.map(textOf), args: args.map(textOf), json};
}

function textOf(base64: string): string {
	return decode(Buffer.from(base64, 'base64').toString('latin1'));
}

function kindOf(message: string): string {
	return message
		.replace(/^.*?(?:parse error on line \d+|dockerfile parse error[^:]*):? ?/, '')
		.replaceAll(/"(?:[^"\\]|\\.)*"|\d+/g, '…')
		.replaceAll(/[^\x20-\x7e]/g, '?')
		.slice(0, 90);
}
