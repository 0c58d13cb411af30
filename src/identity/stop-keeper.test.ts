import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RetryLater, type PersonId, type Principal } from '../vocabulary/index.ts';
import { newTokenText } from './access-token.ts';
import type { Doorkeeper } from './doorkeeper.ts';
import { createStopKeeper } from './stop-keeper.ts';

const ann = {
  person: 'per_ann' as PersonId,
  name: 'Ann',
  teams: [],
  grants: [{ tenant: '*', role: 'operator', as: null }],
  via: 'token',
  scopes: null,
  credential: 'tok_1',
} as const satisfies Principal;

function keeper() {
  const state = { record: 'there' as 'there' | 'away' | 'frozen' };
  const right = newTokenText();
  const answer = (principal: Principal | null): Promise<Principal | null> => {
    if (state.record === 'away') return Promise.reject(new RetryLater('database-unreachable', 'away'));
    return state.record === 'frozen' ? new Promise(() => undefined) : Promise.resolve(principal);
  };
  const inner: Doorkeeper = {
    ofToken: (text) => answer(text === right ? ann : null),
    ofSession: () => answer(null),
    forget: () => undefined,
  };
  const installationToken = newTokenText();
  return { ...createStopKeeper(inner, { installationToken }), state, right, installationToken };
}

test('while the record is there, everybody is let in as ever', async () => {
  const { toStop, doorkeeper, right } = keeper();
  assert.deepEqual(await toStop.ofToken(right), ann);
  assert.deepEqual(await doorkeeper.ofToken(right), ann);
  assert.equal(await toStop.ofToken(newTokenText()), null);
});

test('while it is away or frozen, whoever was known may stop and nothing else; so may who holds the installation token', async () => {
  for (const record of ['away', 'frozen'] as const) {
    const { toStop, doorkeeper, right, installationToken, state } = keeper();
    await doorkeeper.ofToken(right);
    state.record = record;
    assert.deepEqual(await toStop.ofToken(right), { ...ann, scopes: ['stop'] });
    assert.deepEqual((await toStop.ofToken(installationToken))?.scopes, ['stop']);
    await assert.rejects(toStop.ofToken(newTokenText()), { code: 'database-unreachable' });
    await assert.rejects(toStop.ofSession(new Headers({ cookie: 'x=y' })), { code: 'database-unreachable' });
    doorkeeper.forget();
    await assert.rejects(toStop.ofToken(right), { code: 'database-unreachable' }, 'since people changed');
    assert.notEqual(await toStop.ofToken(installationToken), null);
  }
});

test('a token that may not stop does not become one that may', async () => {
  const { toStop, doorkeeper, state } = keeper();
  const narrow: Principal = { ...ann, scopes: ['record.read'] };
  const only = createStopKeeper(
    {
      ofToken: () => (state.record === 'there' ? Promise.resolve(narrow) : new Promise(() => undefined)),
      ofSession: () => Promise.resolve(null),
      forget: () => undefined,
    },
    { installationToken: newTokenText() },
  );
  await only.doorkeeper.ofToken('x');
  state.record = 'frozen';
  await assert.rejects(only.toStop.ofToken('x'), { code: 'database-unreachable' });
  assert.ok(toStop !== doorkeeper);
});
