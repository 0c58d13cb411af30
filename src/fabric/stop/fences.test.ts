import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRegistry } from '../../fleet/index.ts';
import { derivedId, RetryLater, type Agent, type Principal, type TenantId } from '../../vocabulary/index.ts';
import type { Motions } from '../motions.ts';
import { drillAgent } from './drill-agent.ts';
import { createFences } from './fences.ts';
import { resolveScope } from './scope.ts';
import type { Stops } from './stops.ts';
import type { Trees } from './trees.ts';

const clerk = { ...drillAgent(() => Promise.resolve()), name: 'clerk.a', tenant: 'north' } as unknown as Agent;
const registry = createRegistry([
  { name: 'north', tenant: 'north' as TenantId, agents: [clerk], work: () => [] },
  { name: 'south', tenant: 'south' as TenantId, agents: [], work: () => [] },
]);
const root = derivedId('event', 'root');
const run = derivedId('run', 'a');
const gone = derivedId('run', 'gone');
const trees: Trees = {
  note: () => undefined,
  find: (id) => Promise.resolve(id === run || id === root ? { root, tenant: 'north' as TenantId } : null),
};
const away: Trees = {
  note: () => undefined,
  find: () => Promise.reject(new RetryLater('record-unavailable', 'away')),
};

test('a scope names something that exists, and whose it is; a run or an event stands for its whole tree', async () => {
  const named = async (text: string, where = trees) => {
    const { scope, tenant } = await resolveScope(text, registry, where);
    return [scope, tenant];
  };
  assert.deepEqual(await named('everything'), ['everything', '*']);
  assert.deepEqual(await named('tenant:south'), ['tenant:south', 'south']);
  assert.deepEqual(await named('agent:clerk.a'), ['agent:clerk.a', 'north']);
  assert.deepEqual(await named(`version:${clerk.version}`), [`version:${clerk.version}`, 'north']);
  assert.deepEqual(await named('tool:drill.arrive'), ['tool:drill.arrive', 'north']);
  assert.deepEqual(await named('class:E3'), ['class:E3', '*']);
  assert.deepEqual(await named(`tree:${run}`), [`tree:${root}`, 'north']);
  assert.deepEqual(await named(`tree:${root}`), [`tree:${root}`, 'north']);
  assert.deepEqual(await named(`tree:${root}`, away), [`tree:${root}`, '*'], 'believed while the record is away');
  await assert.rejects(named(`tree:${run}`, away), { code: 'record-unavailable' });
  for (const [text, code] of [
    ['tenant:west', 'unknown-tenant'],
    ['agent:nobody', 'unknown-agent'],
    [`version:sha256:${'0'.repeat(64)}`, 'unknown-agent'],
    ['tool:none', 'unknown-tool'],
    [`tree:${gone}`, 'not-found'],
    ['tree:x', 'bad-request'],
    ['class:E9', 'bad-request'],
    ['all', 'bad-request'],
    ['', 'bad-request'],
    ['everything:x', 'bad-request'],
  ] as const) {
    await assert.rejects(named(text), { code }, text);
  }
});

const GONE = { scope: 'agent:gone.a', stopped: true, epoch: 4, reason: 'x', tenant: 'north', by: null };

test('one stops what one has the right for; what is foreign and what does not exist are answered alike', async () => {
  const stopped: string[] = [];
  const proposed: unknown[] = [];
  const fences = createFences({
    registry,
    trees,
    stops: {
      stop(what: { scope: string }) {
        stopped.push(what.scope);
        return Promise.resolve({});
      },
    } as unknown as Stops,
    motions: {
      propose(...asked: unknown[]) {
        proposed.push(asked[2]);
        return Promise.resolve({});
      },
    } as unknown as Motions,
    drill: {} as never,
    standing: () => ({ fences: new Map([['agent:gone.a', GONE]]) }) as never,
  });
  const operator = (tenant: string): Principal =>
    ({ person: 'per_1', scopes: null, grants: [{ tenant, role: 'operator', as: null }] }) as unknown as Principal;
  await fences.stop(operator('north'), 'agent:clerk.a', 'x');
  await fences.stop(operator('north'), `tree:${run}`, 'x');
  assert.deepEqual(stopped, ['agent:clerk.a', `tree:${root}`]);
  for (const scope of ['agent:clerk.a', 'agent:nobody', `tree:${run}`, `tree:${gone}`, 'tenant:north', 'tenant:west']) {
    await assert.rejects(fences.stop(operator('south'), scope, 'x'), {
      code: 'forbidden',
      message: `this needs the right \`stop\` for \`${scope}\``,
    });
  }
  for (const scope of ['everything', 'class:E1'])
    await assert.rejects(fences.stop(operator('north'), scope, 'x'), { code: 'forbidden' });
  await assert.rejects(fences.drill(operator('north')), { code: 'forbidden' });
  const viewer = { ...operator('*'), grants: [{ tenant: '*', role: 'viewer', as: null }] } as unknown as Principal;
  await assert.rejects(fences.stop(viewer, 'everything', 'x'), { code: 'forbidden' });
  assert.equal(stopped.length, 2);
  await fences.proposeLift(operator('north'), 'agent:gone.a', 'x');
  assert.deepEqual(proposed, [{ scope: 'agent:gone.a', epoch: 4 }]);
  await assert.rejects(fences.proposeLift(operator('north'), 'agent:clerk.a', 'x'), { code: 'not-found' });
  for (const scope of ['agent:gone.a', 'agent:clerk.a', 'agent:nobody', `tree:${gone}`])
    await assert.rejects(fences.proposeLift(operator('south'), scope, 'x'), { code: 'forbidden' }, scope);
});
