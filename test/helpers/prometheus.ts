/** A sample of Prometheus' text format 0.0.4. */
export interface Sample {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|(?=\}))/;

/**
 * Reads the format strictly, as `promtool check metrics` does: each family once and in one piece, HELP and TYPE before its samples, no
 * sample twice, counters by their ending, histograms whole and growing.
 * @throws {Error} for anything else, with its line.
 */
export function samplesOf(text: string): readonly Sample[] {
	if (!text.endsWith('\n')) {
		throw new Error('the last line has no end');
	}

	const families = familiesOf(text.slice(0, -1).split('\n'));
	for (const {name, type, samples} of families) {
		checkNames(name, type, samples);
		if (type === 'histogram') {
			checkHistogram(samples);
		}
	}

	const names = families.map(({name}) => name);
	const samples = families.flatMap(family => family.samples);
	const keys = samples.map(({name, labels}) => name + JSON.stringify(Object.entries(labels).toSorted()));
	if (new Set(names).size < names.length || new Set(keys).size < keys.length) {
		throw new Error('a family or a sample is there twice');
	}

	return samples;
}

interface Family {
	readonly name: string;
	readonly type: string;
	readonly samples: readonly Sample[];
}

/** A family is a line of help, a line of its type, and samples. */
function familiesOf(lines: readonly string[]): readonly Family[] {
	const starts = lines.flatMap((line, index) => (line.startsWith('# HELP ') ? [index] : []));
	if (starts[0] !== 0) {
		throw new Error(`no family begins here: ${lines[0]}`);
	}

	return starts.map((start, index) => {
		const [help = '', type = '', ...samples] = lines.slice(start, starts[index + 1]);
		const [, name = ''] = /^# HELP (\S+) \S/.exec(help) ?? [];
		const [, typed, word = ''] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(type) ?? [];
		if (name === '' || typed !== name || (word === 'counter') !== name.endsWith('_total')) {
			throw new Error(`no head of a family: ${help} ${type}`);
		}

		return {name, type: word, samples: samples.map(sampleOf)};
	});
}

function checkNames(name: string, type: string, samples: readonly Sample[]): void {
	const wrong = samples.find(
		sample =>
			(type === 'histogram' ? sample.name.replace(/_(?:bucket|sum|count)$/, '') : sample.name) !== name,
	);
	if (wrong !== undefined) {
		throw new Error(`a sample outside of its family: ${wrong.name}`);
	}
}

function sampleOf(line: string): Sample {
	const name = NAME.exec(line)?.[0] ?? '';
	let rest = line.slice(name.length);
	const labels: Record<string, string> = {};
	if (rest.startsWith('{')) {
		rest = rest.slice(1);
		while (!rest.startsWith('}')) {
			const [whole = '', label = '', value = ''] = LABEL.exec(rest) ?? [];
			if (whole === '' || label in labels) {
				throw new Error(`no label: ${line}`);
			}

			labels[label] = value.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
			rest = rest.slice(whole.length);
		}
		rest = rest.slice(1);
	}

	const value = /^ (\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(rest)?.[1];
	if (name === '' || value === undefined) {
		throw new Error(`no sample: ${line}`);
	}

	return {name, labels, value: Number(value)};
}

function checkHistogram(samples: readonly Sample[]): void {
	const series = Map.groupBy(samples, ({labels: {le: _, ...labels}}) => JSON.stringify(labels));
	for (const [labels, parts] of series) {
		const buckets = parts.filter(({name}) => name.endsWith('_bucket'));
		const count = parts.find(({name}) => name.endsWith('_count'))?.value;
		const grows = buckets.every(({value}, index) => value >= (buckets[index - 1]?.value ?? 0));
		const last = buckets.at(-1);
		if (
			!grows ||
			last?.labels['le'] !== '+Inf' ||
			last.value !== count ||
			parts.length !== buckets.length + 2
		) {
			throw new Error(`a histogram is not whole: ${labels}`);
		}
	}
}
