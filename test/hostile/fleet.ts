import { z } from 'zod';
import { agent, decision, fleet, http, on, tool } from '../../src/sdk/index.ts';
import type { Fleet } from '../../src/vocabulary/index.ts';

/** A small fleet behind a door that is attacked: one agent works, one always breaks, one is held up until it is let go. */
export interface HostileFleet {
  readonly fleet: Fleet;
  /** Lets every slow note go, now and from now on. */
  letGo(): void;
}

const TENANT = 'north';
const Note = z.object({ text: z.string(), payload: z.json().optional() });
const KeptNote = z.object({ text: z.string(), payload: z.json().optional() });

export function hostileFleet(): HostileFleet {
  const gate = Promise.withResolvers<void>();
  const keep = decision('note', {
    description: 'Whether a note is kept',
    table: new URL('./note.jdm.json', import.meta.url),
    tests: new URL('./note.tests.json', import.meta.url),
    input: z.object({ length: z.int() }),
    output: z.object({ keep: z.boolean() }),
  });
  const keepNote = tool('mes.keep-note', {
    description: 'Keep a note',
    input: KeptNote,
    output: z.object({ id: z.string(), status: z.string() }),
    effect: 'E1',
    call: http('mes', 'POST /notes'),
  });
  const keepSlowly = tool('slow.keep-note', {
    description: 'Keep a note when it is let go',
    input: KeptNote,
    output: z.object({ kept: z.boolean() }),
    effect: 'E1',
    timeoutMs: 60_000,
    call: { kind: 'local', perform: () => gate.promise.then(() => ({ kept: true })) },
  });
  const common = {
    tenant: TENANT,
    owner: 'tests',
    expires: '2099-12-31',
    reason: keep,
    given: ({ event }: { event: { data: z.infer<typeof Note> } }) => ({ length: event.data.text.length }),
    autonomy: { default: 'L3' },
  } as const;
  const agents = [
    agent('note-keeper', {
      ...common,
      purpose: 'Keep what is noted',
      perceive: on('note.written', Note),
      propose: ({ event, decided }) => (decided.keep ? [keepNote.with(event.data, 'it is not empty')] : []),
      act: [keepNote.granted],
    }),
    agent('note-breaker', {
      ...common,
      purpose: 'Break on every note',
      perceive: on('note.poisoned', Note),
      propose: ({ event }) => {
        throw new Error(`cannot work on ${event.data.text}`);
      },
      act: [keepNote.granted],
    }),
    agent('note-waiter', {
      ...common,
      purpose: 'Keep what is noted, slowly',
      perceive: on('note.slow', Note),
      propose: ({ event }) => [keepSlowly.with(event.data, 'slowly')],
      act: [keepSlowly.granted],
    }),
  ];
  return { fleet: fleet('hostile', { tenant: TENANT, agents, work: () => [] }), letGo: () => gate.resolve() };
}

/** A note as a CloudEvent. */
export function note(id: string, text: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    specversion: '1.0',
    id,
    source: 'tests',
    type: 'note.written',
    subject: `note-${id}`,
    data: { text },
    ...more,
  };
}
