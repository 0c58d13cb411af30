import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from 'pg';
import type { Approval, PersonId, RoleGrant, Vote } from '../../vocabulary/index.ts';
import { goneVoters } from './voters.ts';

const controller: RoleGrant = { tenant: 'north' as RoleGrant['tenant'], role: 'approver', as: 'finance-controller' };
const elsewhere: RoleGrant = { ...controller, tenant: 'south' as RoleGrant['tenant'] };

function vote(person: string, onBehalfOf: string | null = null): Vote {
  return { person, onBehalfOf, as: ['finance-controller'] } as unknown as Vote;
}

function gone(people: Readonly<Record<string, { state?: string; grants: readonly RoleGrant[] }>>, ...votes: Vote[]) {
  const rows = Object.entries(people).map(([id, { state = 'active', grants }]) => ({
    id: id as PersonId,
    state,
    grants,
  }));
  const pool = { query: () => Promise.resolve({ rows }) } as unknown as Pool;
  return goneVoters(pool, { votes, bound: { tenant: 'north' } } as unknown as Approval);
}

test('a vote stands while who gave it bears the name they gave it under, in that tenant', async () => {
  assert.deepEqual(await gone({ anna: { grants: [controller] } }, vote('anna')), []);
  assert.deepEqual(await gone({ anna: { grants: [] } }, vote('anna')), ['anna']);
  assert.deepEqual(await gone({ anna: { grants: [elsewhere] } }, vote('anna')), ['anna']);
});

test('who has left, or turned out to be somebody else, has no vote', async () => {
  assert.deepEqual(await gone({ anna: { state: 'gone', grants: [controller] } }, vote('anna')), ['anna', 'anna']);
  assert.deepEqual(await gone({ anna: { state: 'linked', grants: [controller] } }, vote('anna')), ['anna', 'anna']);
});

test('a delegate’s vote stands by the names of whom they answered for', async () => {
  const delegate = { grants: [] };
  assert.deepEqual(await gone({ anna: { grants: [controller] }, ben: delegate }, vote('ben', 'anna')), []);
  assert.deepEqual(await gone({ anna: { grants: [] }, ben: delegate }, vote('ben', 'anna')), ['anna']);
  assert.deepEqual(
    await gone({ anna: { grants: [controller] }, ben: { state: 'gone', grants: [] } }, vote('ben', 'anna')),
    ['ben'],
  );
});
