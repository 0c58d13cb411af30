import { z } from 'zod';
import {
  derivedId,
  digest,
  NO_LABEL,
  NO_TRAIL,
  newId,
  type Agent,
  type AgentId,
  type DecisionTemplate,
  type Event,
  type Json,
  type Run,
  type Tool,
  type ToolId,
} from '../../vocabulary/index.ts';
import { PLATFORM } from '../registration.ts';

const Given = z.object({ run: z.string(), step: z.int() });
const Taken = z.object({ taken: z.boolean() });
const Begun = z.object({});

/**
 * The agent that drills are made with: of the platform itself, in no fleet, with one tool whose call arrives at the drill's own
 * socket. It has a manifest and a version as any other, so that the law judges it as any other.
 */
export function drillAgent(send: (key: string) => Promise<void>): Agent {
  const definition = {
    description: "Arrives at the drill's own socket and does nothing",
    effect: 'E0',
    risk: 'low',
    reads: 'public',
    sends: 'public',
    external: false,
    timeoutMs: 5_000,
    concurrency: 64,
    lookup: null,
    compensate: null,
    revision: null,
  } as const;
  const tool: Tool = {
    ...definition,
    name: 'drill.arrive' as ToolId,
    input: Given,
    output: Taken,
    call: {
      kind: 'local',
      async perform(_, key) {
        await send(key);
        return { taken: true };
      },
    },
    digest: digest({ ...definition, name: 'drill.arrive' }),
  };
  const reason: DecisionTemplate = {
    name: 'drill',
    description: 'A drill decides nothing',
    jdm: '{}',
    input: z.unknown(),
    output: z.unknown(),
    tests: [],
    version: digest('a drill decides nothing'),
  };
  const manifest = {
    name: 'drill.platform' as AgentId,
    tenant: PLATFORM,
    role: 'drill',
    unit: 'platform',
    purpose: 'Act all the time until it is stopped, so that a stop can be measured',
    owner: 'platform',
    expires: '9999-12-31',
  };
  return {
    ...manifest,
    perceive: { type: 'drill.begun', schema: Begun },
    recall: {},
    reason,
    given: () => ({}),
    propose: () => [],
    act: [{ tool, upTo: null, resources: [] }],
    autonomy: { default: 'L4' },
    version: digest({ ...manifest, tool: tool.digest }),
  };
}

/** The event that a drill begins with, and so many runs of the agent on it. */
export function drillTask(
  agent: Agent,
  lanes: number,
  now: number,
): { readonly event: Event; readonly runs: readonly Run[] } {
  const id = newId('event', now);
  const data: Json = {};
  const event: Event = {
    id,
    tenant: agent.tenant,
    type: 'drill.begun',
    source: 'platform',
    sourceId: id,
    subject: `drill ${id}`,
    time: new Date(now).toISOString(),
    data,
    dataDigest: digest(data),
    label: NO_LABEL,
    dedupeKey: `drill ${id}`,
    seq: 0,
    principal: null,
    root: id,
    depth: 0,
    trail: NO_TRAIL,
  };
  const runs = Array.from({ length: lanes }, (_, lane): Run => ({
    id: derivedId('run', id, agent.name, lane),
    tenant: agent.tenant,
    agent: agent.name,
    agentVersion: agent.version,
    event: id,
    seq: 0,
    subject: event.subject,
    attempts: 0,
  }));
  return { event, runs };
}
