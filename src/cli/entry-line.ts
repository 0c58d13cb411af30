import { z } from 'zod';
import { showMoney } from '../vocabulary/index.ts';
import type { Entry } from './answers.ts';
import { paintState, type Paint } from './paint.ts';
import { printable } from './printable.ts';

const Text = z.string().catch('');
const Evidence = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), digest: Text }),
  z.object({ kind: z.literal('fact'), name: Text, digest: Text }),
  z.object({ kind: z.literal('decision'), template: Text, version: Text, row: z.string().nullable() }),
]);
const Verdict = z.object({
  kind: Text,
  policies: z.array(z.string()).catch([]),
  roles: z.array(z.string()).optional(),
  code: z.string().optional(),
  why: z.string().optional(),
});
const Intent = z.object({
  tool: Text,
  effect: Text,
  resource: Text,
  permit: Text,
  why: Text,
  amount: z.object({ minor: z.number(), currency: z.string() }).nullable().catch(null),
  arguments: z.unknown().optional(),
  argumentsDigest: Text,
  evidence: z.array(Evidence).catch([]),
  verdict: Verdict.catch({ kind: '', policies: [] }),
});
const Outcome = z.object({
  outcome: z.looseObject({
    kind: Text,
    code: z.string().optional(),
    message: z.string().optional(),
    result: z.unknown().optional(),
  }),
});
const Admitted = z.object({ type: Text, source: Text, sourceId: Text, subject: Text, time: Text });
const Ended = z.object({
  state: Text,
  why: Text,
  decision: z
    .object({ row: z.string().nullable(), facts: z.array(z.object({ name: Text, digest: Text })).catch([]) })
    .optional()
    .catch(undefined),
});

/** What an entry says, in one line. Everything from outside is made printable. */
export function headline(entry: Entry, paint: Paint): string {
  try {
    return told(entry, paint);
  } catch (error) {
    // An entry of another version still says something.
    if (error instanceof z.ZodError) return raw(entry.body);
    throw error;
  }
}

function told({ kind, body }: Entry, paint: Paint): string {
  switch (kind) {
    case 'event.admitted': {
      const { type, source, subject } = Admitted.parse(body);
      return `event ${paint.bold(printable(type))} about ${printable(subject)}, from ${printable(source)}`;
    }
    case 'intent.permitted':
    case 'intent.parked':
    case 'intent.refused': {
      const { tool, effect, resource, amount, verdict } = Intent.parse(body);
      const money = amount === null ? '' : `, ${showMoney(amount)}`;
      const on = resource === '' ? '' : ` on ${printable(resource)}`;
      return `${paint.bold(printable(tool))} (${printable(effect)})${on}${money}: ${shownVerdict(verdict, paint)}`;
    }
    case 'outcome.recorded':
    case 'outcome.settled': {
      const { outcome } = Outcome.parse(body);
      const why =
        outcome.kind === 'done' ? '' : `: ${printable([outcome.code, outcome.message].filter(Boolean).join(': '))}`;
      return `outcome ${paintState(paint, outcome.kind)}${why}${kind === 'outcome.settled' ? ' (settled after a break)' : ''}`;
    }
    case 'run.ended':
    case 'run.set-aside': {
      const { state, why } = Ended.partial().parse(body);
      const end = state ?? 'set-aside';
      return `run ended: ${paintState(paint, end)}${why === undefined || why === '' || why === end ? '' : `: ${printable(why)}`}`;
    }
    default:
      return raw(body);
  }
}

/** What an entry rests on and holds, as named lines below its headline. */
export function details(entry: Entry): readonly Detail[] {
  try {
    return detailsOf(entry);
  } catch (error) {
    if (error instanceof z.ZodError) return [];
    throw error;
  }
}
type Detail = readonly [name: string, text: string];

function detailsOf({ kind, body }: Entry): readonly Detail[] {
  if (kind.startsWith('intent.')) {
    const intent = Intent.parse(body);
    const facts = intent.evidence.flatMap((one) => (one.kind === 'fact' ? [`${one.name} ${short(one.digest)}`] : []));
    const decisions = intent.evidence.flatMap((one) =>
      one.kind === 'decision' ? [`${one.template} ${short(one.version)}, row ${one.row ?? '-'}`] : [],
    );
    const given = intent.arguments === undefined ? intent.argumentsDigest : JSON.stringify(intent.arguments);
    return [
      ['facts', facts.join(', ')],
      ['decided', decisions.join('; ')],
      ['why', intent.why],
      ['arguments', given],
      ['permit', kind === 'intent.permitted' ? intent.permit : ''],
    ].flatMap(([name = '', text = '']) => (text === '' ? [] : [[name, printable(text)] as const]));
  }
  if (kind.startsWith('outcome.')) {
    const { outcome } = Outcome.parse(body);
    return outcome.result === undefined ? [] : [['result', printable(JSON.stringify(outcome.result))]];
  }
  if (kind === 'event.admitted') {
    const { sourceId, time } = Admitted.parse(body);
    return [['called', printable(`${sourceId}, happened ${time}`)]];
  }
  if (kind === 'run.ended') {
    const { decision } = Ended.parse(body);
    if (decision === undefined) return [];
    const facts = decision.facts.map(({ name, digest }) => `${name} ${short(digest)}`).join(', ');
    return [
      ...(facts === '' ? [] : [['facts', printable(facts)] as const]),
      ['decided', printable(`row ${decision.row ?? '-'}`)],
    ];
  }
  return [];
}

function shownVerdict({ kind, policies, roles, code, why }: z.infer<typeof Verdict>, paint: Paint): string {
  const by = policies.length > 0 ? ` by ${policies.map(printable).join(', ')}` : '';
  switch (kind) {
    case 'needs-approval':
      return `${paint.warn('needs approval')} of ${printable([...new Set(roles ?? [])].join(' and '))}${by}`;
    case 'refused':
      return `${paint.bad('refused')}${by === '' ? ` as ${printable(code ?? '')}` : by}${why ? `: ${printable(why)}` : ''}`;
    default:
      return `${paintState(paint, kind)}${by}`;
  }
}

function raw(body: unknown): string {
  return printable(JSON.stringify(body) ?? '').slice(0, 200);
}

/** Enough of a digest to tell it from others by eye. */
function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
