import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approverNames,
  may,
  newId,
  RIGHTS,
  RIGHTS_OF,
  ROLES,
  tenantsOf,
  type Principal,
  type RoleGrant,
  type TenantId,
} from './index.ts';

const north = 'north' as TenantId;
const south = 'south' as TenantId;

function person(grants: readonly RoleGrant[], scopes: Principal['scopes'] = null): Principal {
  return { person: newId('person'), name: 'p', teams: [], grants, via: 'session', scopes, credential: 'c' };
}

test('rights-are-a-table: a role gives exactly its rights, in its tenant and nowhere else', () => {
  for (const role of ROLES) {
    const one = person([{ tenant: north, role, as: role === 'approver' ? 'x' : null }]);
    for (const right of RIGHTS) {
      assert.equal(may(one, right, north), (RIGHTS_OF[role] as readonly string[]).includes(right));
      assert.equal(may(one, right, south), false);
      assert.equal(may(one, right, '*'), false, 'a right in one tenant is none in the installation');
    }
  }
});

test('a token does at most what its scopes say, and never more than its person', () => {
  const admin: RoleGrant = { tenant: '*', role: 'administrator', as: null };
  assert.equal(may(person([admin], ['record.read']), 'people.manage', '*'), false);
  assert.equal(may(person([admin], ['people.manage']), 'people.manage', north), true);
  const viewer: RoleGrant = { tenant: north, role: 'viewer', as: null };
  assert.equal(may(person([viewer], ['people.manage']), 'people.manage', north), false);
});

test('no right is without a role that has it, and approving is nobody else’s than the approvers’', () => {
  for (const right of RIGHTS) {
    assert.ok(
      ROLES.some((role) => (RIGHTS_OF[role] as readonly string[]).includes(right)),
      right,
    );
  }
  assert.ok(!(RIGHTS_OF.administrator as readonly string[]).includes('approvals.answer'));
});

test('approver names are those of the tenant', () => {
  const one = person([
    { tenant: north, role: 'approver', as: 'finance-controller' },
    { tenant: '*', role: 'approver', as: 'duty-manager' },
    { tenant: south, role: 'approver', as: 'auditor-general' },
  ]);
  assert.deepEqual(approverNames(one, north), ['finance-controller', 'duty-manager']);
  assert.deepEqual(tenantsOf(one, 'approvals.answer'), '*');
  assert.deepEqual(tenantsOf(person([{ tenant: south, role: 'approver', as: 'x' }]), 'approvals.answer'), [south]);
});
