import { admitRaw, createTemplates, subscribe, work, type World } from '../fabric/index.ts';
import {
  derivedId,
  Misuse,
  NO_LABEL,
  type Agent,
  type Event,
  type Fleet,
  type Json,
  type Proposal,
  type RawEvent,
  type Rehearsed,
  type Run,
} from '../vocabulary/index.ts';

/**
 * Runs a fleet's agents over work with no effect on the world: the same loop, with a world that notes what would be done.
 * Events that agents publish are worked through as well, right after the event that caused them.
 *
 * @param observe is called once for each run, in order.
 * @returns how many events were worked on and how many runs that made. Throws what an agent's own code throws.
 */
export async function rehearse(
  fleet: Fleet,
  work_: AsyncIterable<RawEvent> | Iterable<RawEvent>,
  observe: (rehearsed: Rehearsed) => void,
): Promise<{ events: number; runs: number }> {
  const subscribers = subscribe(fleet.agents);
  const past = createPast();
  const templates = createTemplates();
  const count = { events: 0, runs: 0 };

  for await (const raw of work_) {
    const pending: RawEvent[] = [raw];
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      count.events += 1;
      const event = { ...toEvent(fleet, next, subscribers), seq: count.events };
      past.add(event);
      for (const agent of subscribers.of(event)) {
        count.runs += 1;
        const rehearsed = await rehearseRun(agent, event);
        pending.push(...published(agent, event, rehearsed.proposals));
        observe(rehearsed);
      }
    }
  }
  return count;

  async function rehearseRun(agent: Agent, event: Event): Promise<Rehearsed> {
    const noted: Proposal[] = [];
    let facts: Readonly<Record<string, unknown>> = {};
    let decided: unknown;
    const world: World = {
      past,
      templateOf: (of) => templates.of(of),
      pass: async (_task, _intent, proposal) => {
        noted.push(proposal);
        return { kind: 'noted' };
      },
      perform: () => Promise.reject(new Misuse('permit-not-on-record', 'nothing is performed in rehearsal')),
      settle: () => Promise.reject(new Misuse('permit-not-on-record', 'nothing is settled in rehearsal')),
      record: () => Promise.resolve(),
      conclude: async (_task, end, deliberation) => {
        facts = deliberation.known.facts;
        decided = deliberation.thought.decided.output;
        return end;
      },
    };
    await work({ run: runOf(agent, event), agent, event }, world);
    return { agent: agent.name, role: agent.role, unit: agent.unit, event, facts, decided, proposals: noted };
  }
}

function toEvent(fleet: Fleet, raw: RawEvent, subscribers: ReturnType<typeof subscribe>): Event {
  const bringer = {
    tenant: fleet.tenant,
    label: { ...NO_LABEL, confidentiality: 'internal', origins: [raw.source] },
    receivedAt: raw.time,
  } as const;
  return admitRaw(raw, bringer, subscribers);
}

function runOf(agent: Agent, event: Event): Run {
  return {
    id: derivedId('run', event.id, agent.name),
    tenant: agent.tenant,
    agent: agent.name,
    agentVersion: agent.version,
    event: event.id,
    seq: event.seq,
    subject: event.subject,
    attempts: 0,
  };
}

/** Events that these proposals would publish. */
function published(agent: Agent, event: Event, proposals: readonly Proposal[]): readonly RawEvent[] {
  return proposals.flatMap(({ tool, arguments: data }, step) => {
    if (tool.call.kind !== 'publish') return [];
    const id = derivedId('permit', derivedId('run', event.id, agent.name), step);
    const subject = (data as { subject: string }).subject;
    return [
      { id, source: `agents/${agent.name}`, type: tool.call.type, subject, time: event.time, data: data as Json },
    ];
  });
}

/** Earlier events of each subject, in memory. */
function createPast() {
  const bySubject = new Map<string, Event[]>();
  return {
    add(event: Event) {
      const events = bySubject.get(event.subject);
      if (events === undefined) bySubject.set(event.subject, [event]);
      else events.push(event);
    },
    before: async (event: Event) => (bySubject.get(event.subject) ?? []).filter(({ seq }) => seq < event.seq),
  };
}
