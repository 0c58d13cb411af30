import type { Promotion } from '../../govern/index.ts';
import { Conflict, type DocumentRow } from '../../ledger/index.ts';
import {
  may,
  Misuse,
  newId,
  type AgentId,
  type Document,
  type EntryDraft,
  type PersonId,
  type Principal,
  type ToolId,
} from '../../vocabulary/index.ts';
import { newDocument, revise } from '../documents.ts';
import { autonomyEntry, ceilingAfter, type AutonomyOptions } from './autonomy-kinds.ts';
import { toolNamed } from './now.ts';

/** What went wrong, and how bad. */
export interface Incident {
  /** 1: severe; the agent loses its freedom at once. 2: what it had earned is void. 3: on record. */
  readonly severity: 1 | 2 | 3;
  readonly agent: AgentId;
  /** Null: whatever it did. */
  readonly tool: ToolId | null;
  readonly what: string;
  readonly by: PersonId;
  readonly at: number;
}

export interface Incidents {
  /**
   * Puts an incident on record; when this resolves, what follows from it holds at every gate.
   *
   * INVARIANT (severe-incident-drops): severity 1 lowers every version of the agent in the append that reports it.
   *
   * @throws Misuse `forbidden`, `unknown-agent`, `unknown-tool`.
   */
  report(by: Principal, wish: IncidentWish): Promise<Document<Incident>>;
}

export interface IncidentWish {
  readonly severity: 1 | 2 | 3;
  readonly agent: string;
  readonly tool: string | null;
  readonly what: string;
}

export function createIncidents(options: AutonomyOptions): Incidents {
  const { registry, documents, writer, clock } = options;
  return {
    async report(by, { severity, agent: name, tool: toolName, what }) {
      const agent = registry.agent(name as AgentId);
      // Somebody of another tenant is not told whether there is such an agent.
      if (agent === null || !may(by, 'incidents.report', agent.tenant)) {
        throw new Misuse('unknown-agent', `there is no agent \`${name}\``);
      }
      const tool = toolName === null ? null : toolNamed(registry, agent, toolName).name;
      const id = newId('incident', clock.now());
      const content: Incident = { severity, agent: agent.name, tool, what, by: by.person, at: clock.now() };
      const incident = newDocument('incident', id, agent.tenant, { state: severity === 1 ? 'open' : 'noted', content });
      for (;;) {
        const voided = severity === 3 ? [] : await promotionsOf(agent.name, tool);
        const entries: EntryDraft[] = [
          {
            kind: 'incident.reported',
            tenant: agent.tenant,
            run: null,
            agent: agent.name,
            body: { incident: id, ...content },
          },
          ...voided.map(({ content: { tool: lost, level } }) =>
            autonomyEntry(agent, { tool: lost, state: 'voided', from: level, why: `incident ${id}` }),
          ),
        ];
        const rows: DocumentRow[] = [
          incident,
          ...voided.map((one) => revise(one, { state: 'voided', content: one.content })),
        ];
        if (severity === 1) {
          const ceiling = ceilingAfter(id, agent.name, tool, by.person, what);
          entries.push(
            autonomyEntry(agent, {
              tool,
              state: 'lowered',
              level: ceiling.level,
              by: [by.person],
              ceiling: id,
              reason: what,
            }),
          );
          rows.push(newDocument('autonomy', id, agent.tenant, { state: 'in-force', content: ceiling }));
        }
        try {
          // A change of the law even when nothing falls: a promotion that was weighed before it must not count.
          await writer.append({ entries, documents: rows, changesLaw: severity < 3 });
        } catch (error) {
          if (error instanceof Conflict && error.on === 'rev') continue;
          throw error;
        }
        await options.reload();
        return { kind: 'incident', id, rev: 1, tenant: agent.tenant, state: incident.state, dueAt: null, content };
      }
    },
  };

  /** From the record, not from memory: one that was made a moment ago falls too. */
  async function promotionsOf(agent: AgentId, tool: ToolId | null): Promise<readonly Document<Promotion>[]> {
    const found: Document<Promotion>[] = [];
    for (const capability of registry.agent(agent)?.act ?? []) {
      const toolName = capability.tool.name;
      if (tool !== null && tool !== toolName) continue;
      const one = await documents.find<Promotion>('autonomy', `${agent} ${toolName}`);
      if (one !== null && one.state === 'in-force') found.push(one);
    }
    return found;
  }
}
