import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyLaw } from './apply-law.ts';
import { loadLaw, parseLaw } from './law.ts';

test('a policy may have the name of something that every object has', () => {
  const text = '@id("constructor") forbid (principal, action, resource);';
  const law = parseLaw(text, loadLaw().schemaText, 'candidate');
  const verdict = applyLaw(
    {
      agent: { id: 'clerk.a', tenant: 'north', role: 'clerk', status: 'active', granted: true },
      tool: {
        id: 'erp.post',
        tenant: 'north',
        class: 'E1',
        risk: 'low',
        external: false,
        clearance: 1,
        movesMoney: false,
      },
      situation: {
        environment: 'development',
        today: '2026-06-10',
        weekday: 3,
        hour: 10,
        mandateEnds: '2027-12-31',
        autonomy: 'L3',
        amountMinor: 0,
        limitMinor: -1,
        sameCurrency: true,
        resourceGranted: true,
        sameTenant: true,
        integrity: 'trusted',
        confidentiality: 1,
        stopped: [],
        approvals: [],
      },
    },
    law,
  );
  assert.deepEqual(verdict, { kind: 'refused', code: 'forbidden', policies: ['constructor'], why: '' });
});
