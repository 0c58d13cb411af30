import type { Pool } from 'pg';
import { manifestOf, type Registry } from '../fleet/index.ts';
import type { Law } from '../govern/index.ts';
import type { LedgerWriter } from '../ledger/index.ts';
import { digest, type EntryDraft, type TenantId } from '../vocabulary/index.ts';

/** Tenant of what concerns the whole installation. */
export const PLATFORM = 'platform' as TenantId;

interface Started {
  readonly pool: Pool;
  readonly writer: LedgerWriter;
  readonly law: Law;
  readonly version: string;
  readonly environment: string;
}

/** That we start and as what, and every agent whose version is new: one change of the law. */
export async function putLawOnRecord(
  { pool, writer, law, version, environment }: Started,
  registry: Registry,
): Promise<void> {
  const { rows } = await pool.query<{ name: string; version: string }>('select name, version from reeve.agent');
  const known = new Map(rows.map(({ name, version }) => [name, version]));
  const changed = registry.agents.filter(({ name, version }) => known.get(name) !== version);
  const entries: EntryDraft[] = [
    {
      kind: 'platform.started',
      tenant: PLATFORM,
      run: null,
      agent: null,
      body: {
        version,
        environment,
        policies: law.digest,
        agents: registry.agents.length,
        agentsDigest: digest(Object.fromEntries(registry.agents.map((agent) => [agent.name, agent.version]))),
      },
    },
    ...changed.map((agent): EntryDraft => ({
      kind: 'agent.registered',
      tenant: agent.tenant,
      run: null,
      agent: agent.name,
      body: manifestOf(agent),
    })),
  ];
  const agents = changed.map((agent) => ({
    name: agent.name,
    tenant: agent.tenant,
    role: agent.role,
    unit: agent.unit,
    version: agent.version,
    manifest: manifestOf(agent) as object,
  }));
  await writer.append({ entries, agents, changesLaw: true });
}
