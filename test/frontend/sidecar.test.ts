import test from 'ava';
import fc from 'fast-check';
import {nginx} from '../../frontend/proxies/nginx.ts';
import {besidePlan} from '../../frontend/sidecar.ts';
import {anyPlan} from '../helpers/any-plan.ts';
import {plan} from '../helpers/plan.ts';

// The plan of a proxy in an image of its own.

test('nothing of it looks for an application in its own container, whatever the plan', t => {
	fc.assert(
		fc.property(anyPlan, each => {
			const beside = besidePlan(each, {host: 'app', port: undefined});
			const routes = beside.routes.map(({to, access}) => [to.kind, access.forward] as const);
			return (
				beside.application === undefined &&
				routes.every(
					([kind, forward]) =>
						kind !== 'application' && (forward === undefined || forward.upstream !== undefined),
				) &&
				nginx.render(beside).length > 0
			);
		}),
		{numRuns: 200},
	);
	t.pass();
});

test('the application is an upstream under a name of its own, where the build says that it is', t => {
	const taken = {
		...plan,
		upstreams: [
			{
				name: 'beside',
				servers: [{host: 'x', port: 1}],
				health: plan.application?.health ?? t.fail(),
				line: 3,
			},
		],
	};
	const {upstreams, beside} = besidePlan(taken, undefined);
	t.deepEqual(
		upstreams.map(({name, servers}) => [name, servers]),
		[
			['beside', [{host: 'x', port: 1}]],
			['beside-it', [{host: '127.0.0.1', port: plan.application?.port}]],
		],
	);
	t.is(beside, 'beside-it');
	const named = besidePlan(plan, {host: 'app', port: 81}).upstreams.at(-1);
	t.deepEqual(named?.servers, [{host: 'app', port: 81}]);
});
