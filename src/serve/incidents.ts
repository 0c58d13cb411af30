import { z } from '@hono/zod-openapi';
import type { Incident } from '../fabric/index.ts';
import type { Document } from '../vocabulary/index.ts';
import type { ApiDeps } from './deps.ts';
import { documentPage } from './document-pages.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { AgentName, CursorText, Limit, pageOf, TenantName, Time, ToolName } from './shapes.ts';
import { withinPatience } from './within.ts';

const Severity = z.union([z.literal(1), z.literal(2), z.literal(3)]).openapi({
  description: '1: the agent is lowered to L1 at once. 2: what it had earned is void. 3: on record',
});
const IncidentWish = z
  .strictObject({
    severity: Severity,
    agent: AgentName,
    tool: ToolName.nullable().default(null).openapi({ description: 'null: whatever it did' }),
    what: z.string().trim().min(1).max(2_000).openapi({ description: 'goes on record' }),
  })
  .openapi('IncidentWish');
const IncidentShape = z
  .object({
    id: z.string(),
    tenant: TenantName,
    state: z.string().openapi({ description: '`open` until what it lowered is lifted; `lifted`; `noted`' }),
    severity: Severity,
    agent: AgentName,
    tool: ToolName.nullable(),
    what: z.string(),
    by: z.string(),
    at: Time,
  })
  .openapi('Incident');

/** What went wrong: reported by one person, and holding at once. */
export function incidentEndpoints({ fabric, documentsFor }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/incidents',
      right: 'record.read',
      tag: 'incidents',
      summary: 'What went wrong',
      query: z.strictObject({
        state: z.enum(['open', 'lifted', 'noted']).optional(),
        cursor: CursorText.optional(),
        limit: Limit,
      }),
      answers: { 200: { description: 'Oldest first', schema: pageOf(IncidentShape).openapi('IncidentPage') } },
      async handle({ query, tenants }) {
        return { status: 200, body: await documentPage(documentsFor(tenants), 'incident', query, shown) };
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/incidents',
      right: 'incidents.report',
      tag: 'incidents',
      summary: 'Report an incident',
      description: 'When this answers, what follows from it holds at every gate.',
      body: IncidentWish,
      answers: { 201: { description: 'It is on record and holds', schema: IncidentShape } },
      problems: { 404: 'No such agent or tool', 413: 'The body is too large', 415: 'Not JSON' },
      async handle({ body, principal }) {
        return { status: 201, body: shown(await withinPatience(fabric.incidents.report(principal, body))) };
      },
    }),
  ];
}

function shown({ id, tenant, state, content }: Document<Incident>): z.input<typeof IncidentShape> {
  return { id, tenant, state, ...content, at: new Date(content.at).toISOString() };
}
