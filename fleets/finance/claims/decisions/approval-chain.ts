import { z } from 'zod';
import { decision } from '../../../../src/sdk/index.ts';

export const ApprovalChain = z.object({
  chain: z.string(),
  raise: z.boolean(),
});

export const approvalChainDecision = decision('claims-approval-chain', {
  description: 'Whether a final approval rests on a whole chain of approvals',
  table: new URL('./approval-chain.jdm.json', import.meta.url),
  tests: new URL('./approval-chain.tests.json', import.meta.url),
  input: z.object({
    administrationApproved: z.boolean(),
    approver: z.string(),
  }),
  output: ApprovalChain,
});
