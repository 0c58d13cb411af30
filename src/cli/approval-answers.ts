/** What is read of the API's answers about approvals. More may be in them; it is left alone, and shown with `--json`. */
import { z } from 'zod';

const Money = z.object({ minor: z.number(), currency: z.string() });
const Stage = z.object({ of: z.array(z.string()), need: z.number(), approved: z.number() });

export const Approval = z.looseObject({
  id: z.string(),
  digest: z.string(),
  state: z.string(),
  why: z.string(),
  round: z.number(),
  run: z.string(),
  tenant: z.string(),
  agent: z.string(),
  tool: z.string(),
  class: z.string().nullable(),
  system: z.string().nullable(),
  arguments: z.unknown(),
  argumentsText: z.string(),
  amount: Money.nullable(),
  resource: z.string(),
  roles: z.array(z.string()),
  policies: z.array(z.string()),
  requirements: z.array(
    z.looseObject({
      policy: z.string(),
      why: z.string(),
      rule: z.string(),
      stages: z.array(Stage),
      escalations: z.array(z.object({ at: z.string(), to: z.string() })),
    }),
  ),
  askedAt: z.string(),
  expiresAt: z.string(),
  usableAt: z.string().nullable(),
  you: z.object({ may: z.boolean(), why: z.string(), onBehalfOf: z.string().nullable(), waitSeconds: z.number() }),
});
export type Approval = z.infer<typeof Approval>;
export const ApprovalPage = z.object({ items: z.array(Approval), next: z.string().nullable() });

const Earlier = z.object({
  id: z.string(),
  state: z.string(),
  why: z.string(),
  amount: Money.nullable(),
  askedAt: z.string(),
});
export const ApprovalInFull = Approval.extend({
  rendered: z.array(z.tuple([z.string(), z.string()])),
  original: z.object({ argumentsText: z.string(), editedBy: z.string() }).nullable(),
  votes: z.array(
    z.looseObject({
      person: z.string(),
      onBehalfOf: z.string().nullable(),
      kind: z.string(),
      reason: z.string(),
      at: z.string(),
      stands: z.boolean(),
    }),
  ),
  remarks: z.array(z.object({ person: z.string(), to: z.string(), text: z.string(), at: z.string() })),
  rounds: z.array(Earlier),
  alike: z.array(Earlier),
});
export type ApprovalInFull = z.infer<typeof ApprovalInFull>;

export const ApprovalResults = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      ok: z.boolean(),
      state: z.string().nullable(),
      code: z.string().nullable(),
      why: z.string(),
    }),
  ),
});

export const Delegation = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  state: z.string(),
  from: z.string(),
  to: z.string(),
  names: z.array(z.string()),
  until: z.string(),
  reason: z.string(),
});
export const Delegations = z.object({ items: z.array(Delegation) });

export const Webhook = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  state: z.string(),
  url: z.string(),
  kinds: z.array(z.string()),
  failing: z.object({ since: z.string(), tries: z.number(), why: z.string() }).nullable(),
  nextTry: z.string().nullable(),
});
export const WebhookWithSecret = Webhook.extend({ secret: z.string() });
export const Webhooks = z.object({ items: z.array(Webhook) });
