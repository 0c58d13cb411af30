import { digest, joinLabels, type Agent, type Digest, type Event, type Label } from '../vocabulary/index.ts';

/** Where earlier events are kept: the record in production, memory in rehearsal. */
export interface Past {
  /** Earlier events of this tenant and subject, oldest first, not including `event` or later ones. */
  before(event: Event): Promise<readonly Event[]>;
}

/** What an agent knows about one event, with the join of where it comes from. */
export interface Recollection {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly label: Label;
  readonly evidence: readonly { readonly name: string; readonly digest: Digest }[];
}

const NOTHING: Readonly<Record<string, unknown>> = {};

/** The facts this agent asks for, with their origins. Throws what an agent's own code throws. */
export async function recall(agent: Agent, event: Event, past: Past): Promise<Recollection> {
  const names = Object.entries(agent.recall);
  if (names.length === 0) return { facts: NOTHING, label: event.label, evidence: [] };
  const facts: Record<string, unknown> = {};
  const evidence: { name: string; digest: Digest }[] = [];
  let label = event.label;
  let earlier: Promise<readonly Event[]> | undefined;
  const history = () => (earlier ??= past.before(event).then(seen));
  /** Whatever was looked at is in what is known, with its label. */
  const seen = (events: readonly Event[]) => {
    label = joinLabels(label, ...events.map((one) => one.label));
    return events;
  };
  for (const [name, { fetch, label: labelOf }] of names) {
    const fact: unknown = await fetch({ event, history });
    facts[name] = fact;
    label = joinLabels(label, labelOf(event.label));
    evidence.push({ name, digest: digest(fact) });
  }
  return { facts, label, evidence };
}
