import { z } from '@hono/zod-openapi';
import { AgentName, AnyJson, EntryKindText, RunIdText, Seq, TenantName, Time } from './shapes.ts';

/** An entry of the ledger as the API shows it. */
export const EntryShape = z
  .object({
    seq: Seq,
    kind: EntryKindText,
    tenant: TenantName,
    run: RunIdText.nullable(),
    agent: AgentName.nullable(),
    at: Time,
    body: AnyJson,
  })
  .openapi('Entry');
