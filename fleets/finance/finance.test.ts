import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rehearse } from '../../src/rehearse/index.ts';
import { finance } from './index.ts';

test('finance is forty agents of one tenant', () => {
  assert.equal(finance.agents.length, 40);
});

test('the first part holds claims and all whole invoices, and every event finds its agents', async () => {
  const subjects = new Map<string, Set<string>>([
    ['claims', new Set()],
    ['invoices', new Set()],
  ]);
  const roles = new Set<string>();
  const count = await rehearse(finance, finance.work({ all: false }), ({ role, event }) => {
    roles.add(role);
    subjects.get(role.startsWith('claims-') ? 'claims' : 'invoices')?.add(event.subject);
  });
  assert.ok(count.events > 6_545, `${count.events}: the records and what agents published about them`);
  assert.equal(subjects.get('invoices')?.size, 45);
  assert.ok((subjects.get('claims')?.size ?? 0) > 1_000);
  assert.deepEqual([...roles].sort(), [...new Set(finance.agents.map(({ role }) => role))].sort());
});
