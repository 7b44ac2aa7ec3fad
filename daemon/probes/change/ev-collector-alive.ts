import {type Probe, type ProbeFinding, type RecordView, type Subject, unseen} from '../probe.ts';

const DAY_MS = 86_400_000;

/** Of the time in scope, unless the policy's `minimum` says another share. */
const MINIMUM = 0.99;

/** In scope is the last day, as far as the container ran in it. */
export const evCollectorAlive: Probe = async ({record, target, now, paramsOf}) => {
	if (record === undefined) {
		return [unseen('There is no log at hand, so the past cannot be judged')];
	}

	const gaps = await record.gaps();
	if (gaps === undefined) {
		return [unseen('There is no coverage statement yet, so there is nothing to judge the past by')];
	}

	const {minimum} = paramsOf('ev-collector-alive');
	return [judge(gaps, target, now, typeof minimum === 'number' ? minimum : MINIMUM)];
};

type Gaps = NonNullable<Awaited<ReturnType<RecordView['gaps']>>>;

function judge(gaps: Gaps, target: Subject['target'], now: Date, minimum: number): ProbeFinding {
	const scope = {from: Math.max(now.getTime() - DAY_MS, target.startedAt.getTime()), to: now.getTime()};
	const inScope = gaps.filter(gap => overlap(gap, scope).from < overlap(gap, scope).to);
	const blindMs = unionOf(inScope.map(gap => overlap(gap, scope)));
	const share = scope.to > scope.from ? 1 - blindMs / (scope.to - scope.from) : 1;
	const percent = `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
	const observed = {covered: percent, gaps: inScope.slice(0, 8)};
	const [first] = inScope;
	return share >= minimum
		? {
				result: 'pass',
				message:
					first === undefined
						? 'Coverage of the last 24 hours has no gap'
						: `Somebody looked for ${percent} of the last 24 hours that the container ran`,
				observed,
			}
		: {
				result: 'fail',
				message: `Somebody looked for only ${percent} of the last 24 hours that the container ran: nobody did from ${first?.from} to ${first?.to}${inScope.length > 1 ? ` and ${inScope.length - 1} more times` : ''}: ${first?.reason}`,
				expected: `${minimum * 100} %`,
				observed,
			};
}

interface Span {
	readonly from: number;
	readonly to: number;
}

/** A gap whose times cannot be read may be anywhere, and counts as everywhere. */
function overlap(gap: Gaps[number], scope: Span): Span {
	const from = Date.parse(gap.from);
	const to = Date.parse(gap.to);
	return Number.isFinite(from) && Number.isFinite(to)
		? {from: Math.max(from, scope.from), to: Math.min(to, scope.to)}
		: scope;
}

/** Two reasons for the same minute make it blind once. */
function unionOf(spans: readonly Span[]): number {
	let until = Number.NEGATIVE_INFINITY;
	let total = 0;
	for (const {from, to} of spans.toSorted((a, b) => a.from - b.from)) {
		total += Math.max(0, to - Math.max(from, until));
		until = Math.max(until, to);
	}

	return total;
}
