import { z } from '@hono/zod-openapi';
import { EFFECT_CLASSES, Misuse, type AgentId, type TenantId, type ToolId } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { checkRight } from './guard.ts';
import { withinPatience } from './within.ts';

export const FenceShape = z
  .object({
    scope: z.string().openapi({ example: 'agent:claims-intake.faculty-1' }),
    stopped: z.boolean(),
    epoch: z.int(),
    reason: z.string(),
  })
  .openapi('Fence');

const FenceWish = z
  .strictObject({
    scope: z
      .string()
      .max(300)
      .regex(
        /^(everything|(tenant|agent|tool|class):[A-Za-z0-9._-]+)$/,
        'everything, tenant:T, agent:A, tool:T or class:E3',
      ),
    stopped: z.boolean(),
    reason: z.string().trim().min(1).max(500).openapi({ description: 'goes on record' }),
  })
  .openapi('FenceWish');

/** Stopping and resuming any part of the fleet. */
export function fenceEndpoints({ fabric }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'post',
      path: '/v1/fences',
      right: 'stop',
      tag: 'fences',
      summary: 'Stop or resume a part of the fleet',
      description: 'It holds when this answers: nothing that was judged before passes the gate any more.',
      body: FenceWish,
      answers: { 200: { description: 'It holds', schema: FenceShape } },
      problems: { 404: 'There is no such agent or tool', 413: 'The body is too large', 415: 'Not JSON' },
      async handle({ body: { scope, stopped, reason }, principal }) {
        const tenant = tenantOf(scope, fabric.registry);
        checkRight(principal, stopped ? 'stop' : 'stop.lift', tenant);
        refuseUnknown(scope, fabric.registry);
        return { status: 200, body: await withinPatience(fabric.fence(scope, stopped, reason)) };
      },
    }),
  ];
}

/** Whose work it stops: of one tenant, or of all. */
function tenantOf(scope: string, registry: ApiDeps['fabric']['registry']): TenantId | '*' {
  const [kind = '', name = ''] = scope.split(':');
  if (kind === 'tenant') return name as TenantId;
  return (kind === 'agent' && registry.agent(name as AgentId)?.tenant) || '*';
}

/** Someone who stops what does not exist believes it to be stopped. */
function refuseUnknown(scope: string, registry: ApiDeps['fabric']['registry']): void {
  const [kind = '', name = ''] = scope.split(':');
  if (kind === 'tenant' && !registry.fleets.some(({ tenant }) => tenant === (name as TenantId))) {
    throw new Misuse('unknown-tenant', `there is no tenant \`${name}\``);
  }
  if (kind === 'agent' && registry.agent(name as AgentId) === null) {
    throw new Misuse('unknown-agent', `there is no agent \`${name}\``);
  }
  if (kind === 'tool' && !registry.fleets.some(({ tenant }) => registry.tool(name as ToolId, tenant) !== null)) {
    throw new Misuse('unknown-tool', `no agent has a tool \`${name}\``);
  }
  if (kind === 'class' && !EFFECT_CLASSES.some((one) => one === name)) {
    throw new Misuse('bad-request', `\`${name}\` is no effect class`, { fix: `they are ${EFFECT_CLASSES.join(', ')}` });
  }
}
