import {
	type Described,
	type DescribedListener,
	healthPathOf,
	hostsOf,
	listenersOf,
} from './docker/describe.ts';
import {type Item, listItem, mapItem, openKey, refuseItem, textItem} from './tell/door.ts';

const MAX_ENTRIES = 1000;
const MAX_LISTENERS = 16;

/**
 * The key `containers`: what the operator says of containers without a contract.
 * @throws {DaemonError} CONFIG_INVALID, one sentence that begins with file:line:column
 */
export function writtenContainers(text: string, file: string): readonly Described[] {
	const item = openKey(text, file, 'containers');
	return item === undefined ? [] : listItem(item, MAX_ENTRIES).map(describedIn);
}

function describedIn(item: Item): Described {
	const {name, image, listeners, hosts, healthPath} = mapKeys(item);
	if (name === undefined && image === undefined) {
		refuseItem(item, 'needs a name or an image, in which * stands for any characters');
	}

	return {
		name: name && textItem(name, GLOB),
		image: image && textItem(image, GLOB),
		...(listeners && {listeners: listenersIn(listeners)}),
		...(hosts && {
			hosts: eachIn(hosts, (text, problems) => hostsOf([text], problems)),
		}),
		...(healthPath && {healthPath: pathIn(healthPath)}),
	};
}

function mapKeys(
	item: Item,
): Readonly<Record<'name' | 'image' | 'listeners' | 'hosts' | 'healthPath', Item | undefined>> {
	const {'health-path': healthPath, ...rest} = mapItem(item, [
		'name',
		'image',
		'listeners',
		'hosts',
		'health-path',
	]);
	return {...rest, healthPath};
}

function listenersIn(item: Item): readonly DescribedListener[] {
	return eachIn(item, (text, problems) => listenersOf([text], problems));
}

/** What a label would only be told for, is a mistake here: the file is the operator's own. */
function eachIn<T>(item: Item, read: (text: string, problems: string[]) => readonly T[]): readonly T[] {
	return listItem(item, MAX_LISTENERS).flatMap(each => {
		const problems: string[] = [];
		const found = read(textItem(each, GLOB), problems);
		return problems[0] === undefined ? found : refuseItem(each, `is wrong: ${problems[0]}`);
	});
}

function pathIn(item: Item): string {
	const problems: string[] = [];
	const path = healthPathOf(textItem(item, GLOB), problems);
	return path ?? refuseItem(item, `is wrong: ${problems[0] ?? 'it is empty'}`);
}

const GLOB = {is: 'is text of 1 to 256 characters', pattern: /^.{1,256}$/};
