import { after, before, test } from 'node:test';
import { approvalWorld, type ApprovalWorld } from './approval-world.ts';
import { budgetAsks } from './budget-journey.ts';

let world: ApprovalWorld;
before(
  async () => {
    world = await approvalWorld();
  },
  { timeout: 60_000 },
);
after(() => world?.close());

test(`${budgetAsks.name} ("${budgetAsks.complaint}")`, { timeout: 90_000 }, () => budgetAsks.go(world));
