import { z } from 'zod';
import { liftDigest, whyNotGranter, type Granter, type Law, type StandingGrant } from '../../govern/index.ts';
import type { Registry } from '../../fleet/index.ts';
import {
  Misuse,
  type Agent,
  type AgentId,
  type Clock,
  type Digest,
  type PersonId,
  type TenantId,
  type Tool,
  type ToolId,
} from '../../vocabulary/index.ts';
import type { Documents } from '../documents.ts';
import type { LedgerWriter } from '../../ledger/index.ts';
import type { PeopleOf } from '../approvals/delegations.ts';
import { agentNamed, toolNamed } from '../autonomy/now.ts';
import type { Standing } from '../standing.ts';

/** What grants rest on. */
export interface GrantOptions {
  readonly registry: Registry;
  readonly documents: Documents;
  readonly writer: LedgerWriter;
  readonly clock: Clock;
  standing(): Standing;
  reload(): Promise<void>;
  /** People with the roles that they have now; without those that have left. */
  readonly peopleOf: PeopleOf;
}

const Name = z.string().min(1).max(300);
const Lifts = z.array(z.string().min(1).max(100)).min(1).max(20);

/** What somebody asks for when they answer equal requests in advance. */
export const GrantWish = z.strictObject({
  tenant: Name,
  agent: Name,
  tool: Name,
  lifts: Lifts,
  resource: z.string().max(300).default(''),
  upTo: z
    .strictObject({ minor: z.int().nonnegative(), currency: z.string().regex(/^[A-Z]{3}$/) })
    .nullable()
    .default(null),
  uses: z.int().min(1),
  until: z.iso.datetime({ offset: true }),
});
export type GrantWish = z.infer<typeof GrantWish>;

/** What somebody asks for who breaks the glass. */
export const BreakGlassWish = z
  .strictObject({
    tenant: Name,
    agent: Name.nullable().default(null),
    tool: Name.nullable().default(null),
    lifts: Lifts,
    minutes: z.int().min(1).max(60),
  })
  .refine(({ agent, tool }) => agent !== null || tool !== null, 'name an agent, a tool or both: never everything');
export type BreakGlassWish = z.infer<typeof BreakGlassWish>;

/** What was opened in an emergency. */
export interface BreakGlassGrant extends StandingGrant {
  /** What somebody else has to say about it afterwards; null when two people opened it. */
  readonly review: {
    /** Milliseconds since the epoch. */
    readonly dueAt: number;
    readonly by: PersonId | null;
    readonly answer: 'justified' | 'not-justified' | null;
    readonly reason: string;
    readonly late: boolean;
  } | null;
}

/** The policy that lifts a budget's cap. A cap is lifted for one exact act only, never in advance. */
const NOT_IN_ADVANCE: readonly string[] = ['budget-asks'];

/** Agent and tool by name, inside one tenant; what is another tenant's is not there. */
export function placeOf(
  registry: Registry,
  wish: { readonly tenant: string; readonly agent: string | null; readonly tool: string | null },
): { readonly tenant: TenantId; readonly agent: Agent | null; readonly tool: Tool | null } {
  const tenant = wish.tenant as TenantId;
  const agent = wish.agent === null ? null : agentNamed(registry, wish.agent);
  if (agent !== null && agent.tenant !== tenant)
    throw new Misuse('unknown-agent', `there is no agent \`${agent.name}\``);
  if (wish.tool === null) return { tenant, agent, tool: null };
  if (agent !== null) return { tenant, agent, tool: toolNamed(registry, agent, wish.tool) };
  const found = registry.tool(wish.tool as ToolId, tenant);
  if (found === null || found.tenant !== tenant) throw new Misuse('unknown-tool', `there is no tool \`${wish.tool}\``);
  return { tenant, agent, tool: found.tool };
}

/** Each policy with what lifting it means now. @throws Misuse `bad-request` for what nobody may lift in advance. */
export function liftsOf(lifts: readonly string[], law: Law): StandingGrant['lifts'] {
  return [...new Set(lifts)].sort().map((policy) => {
    const digest = NOT_IN_ADVANCE.includes(policy) ? null : liftDigest(law, policy);
    if (digest === null) throw new Misuse('bad-request', `nobody may lift \`${policy}\` in advance`);
    return { policy, digest };
  });
}

/** @throws Misuse `forbidden` when somebody may not answer in advance. */
export function refuseGranter(granter: Granter, wish: GrantWish, { registry, standing }: GrantOptions): void {
  const { tenant, agent } = placeOf(registry, wish);
  const place = { tenant, owner: agent?.owner ?? null, authors: standing().authors };
  const why = whyNotGranter(granter, wish.lifts, standing().lawOf(tenant), place);
  if (why !== null) throw new Misuse('forbidden', why);
}

/** People by their ids, as they are now. @throws Misuse `forbidden` when one of them is not there any more. */
export async function grantersOf(by: readonly PersonId[], { peopleOf }: GrantOptions): Promise<readonly Granter[]> {
  const people = await peopleOf(by);
  return by.map((id) => {
    const found = people.get(id);
    if (found === undefined) throw new Misuse('forbidden', `\`${id}\` is not there any more`);
    return found;
  });
}

/** The scope of a grant, from its place. */
export function scopeOf({ agent, tool }: { readonly agent: Agent | null; readonly tool: Tool | null }): {
  readonly agent: AgentId | null;
  readonly tool: ToolId | null;
  readonly toolDigest: Digest | null;
} {
  return { agent: agent?.name ?? null, tool: tool?.name ?? null, toolDigest: tool?.digest ?? null };
}
