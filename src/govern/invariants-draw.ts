import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { AUTONOMY_LEVELS, CONFIDENTIALITIES, EFFECT_CLASSES, INTEGRITIES } from '../vocabulary/index.ts';
import type { Case } from './case.ts';
import { PLACES, reader, whether, type Invariant } from './invariants-form.ts';
import type { Law } from './law.ts';
import { ORDINARY } from './ordinary-case.ts';

/** Chance from a seed: mulberry32 (Tommy Ettinger, public domain). Below `bound`. */
export function chanceFrom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * bound);
  };
}

/** What there is to choose from at each place. */
type Domains = ReadonlyMap<string, readonly unknown[]>;

/** Most of an ordinary case that is changed beside what an invariant is about. */
const MOST_CHANGES = 6;
/** Tries to meet a condition by chance. */
const MOST_DRAWS = 24;

/**
 * Abstract requests: no agent or tool that there is, but everything that the law could tell apart. Each is the ordinary case with
 * what one invariant speaks of brought about, and a few other places changed; values are those that the policies and invariants
 * name, those beside them, and a few others. What people have lifted is nothing, everything, or some of what may be lifted.
 */
export function drawRequests(law: Law, invariants: readonly Invariant[], chance: (bound: number) => number) {
  const places = new Map(
    [...domainsOf(law, invariants)].map(([at, values]) => {
      const [part = '', name = ''] = at.split('.');
      return [at, { part, name, values }] as const;
    }),
  );
  const ways = new Map(
    invariants.map((invariant) => [
      invariant,
      invariant.when.map((conditions) => conditions.map((one) => ({ at: one.at, met: whether(one) }))),
    ]),
  );
  const liftable = [...law.policies.values()].filter(({ approval }) => approval !== null).map(({ id }) => id);
  const pick = <T>(of: readonly T[]): T => of[chance(of.length)] as T;

  return (about: Invariant): Case => {
    const request = {
      agent: { ...ORDINARY.agent },
      tool: { ...ORDINARY.tool },
      situation: { ...ORDINARY.situation },
    };
    for (let changes = chance(MOST_CHANGES + 1); changes > 0; changes--) draw(request, pick(PLACES));
    for (const { at, met } of pick(ways.get(about) ?? [])) {
      for (let n = 0; n < MOST_DRAWS && !met(request); n++) draw(request, at);
    }
    const approvals = chance(3);
    const lifted = approvals === 0 ? [] : approvals === 1 ? liftable : liftable.filter(() => chance(2) === 0);
    return { ...request, situation: { ...request.situation, approvals: lifted } };
  };

  function draw(request: Case, at: string): void {
    const place = places.get(at);
    if (place === undefined) return;
    (request as unknown as Record<string, Record<string, unknown>>)[place.part]![place.name] = pick(place.values);
  }
}

const OTHERS: Readonly<Record<string, readonly unknown[]>> = {
  'agent.id': ['clerk.a', 'clerk.b'],
  'agent.tenant': ['north', 'south'],
  'agent.role': ['clerk', 'other'],
  'agent.status': ['active', 'draft', 'suspended', 'retired'],
  'tool.id': ['erp.post', 'mail.send'],
  'tool.tenant': ['north', 'south'],
  'tool.class': EFFECT_CLASSES,
  'tool.risk': ['low', 'medium', 'high'],
  'tool.clearance': [0, 1, 2, 3],
  'situation.environment': ['development', 'production'],
  'situation.today': ['2026-06-09', '2026-06-10', '2026-06-11'],
  'situation.weekday': [1, 2, 3, 4, 5, 6, 7],
  'situation.hour': Array.from({ length: 24 }, (_, hour) => hour),
  'situation.mandateEnds': ['2026-06-09', '2026-06-10', '2026-06-11', '2027-12-31'],
  'situation.autonomy': AUTONOMY_LEVELS,
  'situation.amountMinor': [-1, 0, 1, 499, 500, 501, 50_000, 123_456_789],
  'situation.limitMinor': [-1, 0, 500, 50_000, 999_999_999],
  'situation.integrity': INTEGRITIES,
  'situation.confidentiality': CONFIDENTIALITIES.map((_, rank) => rank),
  'situation.stopped': [
    [],
    ['everything'],
    ['tenant'],
    ['agent'],
    ['version'],
    ['tool'],
    ['class'],
    ['tree'],
    ['tool', 'class'],
  ],
  'situation.exhausted': [[], ['ask'], ['refuse'], ['ask', 'refuse']],
  'situation.ran': [[], ['crm.read'], ['crm.read', 'mail.send']],
  'situation.seenConfidentiality': CONFIDENTIALITIES.map((_, rank) => rank),
  'situation.depth': [0, 1, 2, 5, 8, 9, 100],
};

/** Where a name or number that a policy mentions may stand, too; everywhere else there are no other values than those above. */
const OPEN = {
  numbers: ['situation.amountMinor', 'situation.limitMinor', 'situation.depth'],
  texts: ['agent.id', 'agent.tenant', 'agent.role', 'tool.id', 'tool.tenant'],
  sets: ['situation.ran'],
};

function domainsOf(law: Law, invariants: readonly Invariant[]): Domains {
  const named = { numbers: new Set<number>(), texts: new Set<string>() };
  for (const { text } of law.policies.values()) {
    const parsed = policyToJson(text);
    if (parsed.type === 'success')
      noteNamed([parsed.json.principal, parsed.json.resource, parsed.json.conditions], named);
  }
  for (const { when } of invariants) {
    for (const { at: _, ...operators } of when.flat()) noteNamed({ Value: Object.values(operators)[0] }, named);
  }
  const near = [...named.numbers].flatMap((number) => [number - 1, number, number + 1]).filter(Number.isSafeInteger);
  const texts = [...named.texts];
  return new Map(
    PLACES.map((place) => {
      const others = OTHERS[place] ?? [];
      const usual = reader(place)(ORDINARY);
      if (typeof usual === 'boolean') return [place, [true, false]] as const;
      if (OPEN.sets.includes(place)) return [place, [...others, ...texts.map((text) => [text])]] as const;
      if (OPEN.texts.includes(place)) return [place, [...others, ...texts]] as const;
      return [place, OPEN.numbers.includes(place) ? [...others, ...near] : others] as const;
    }),
  );
}

/** Every number and text that a tree names, entities by their id. */
function noteNamed(node: unknown, named: { readonly numbers: Set<number>; readonly texts: Set<string> }): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, below] of Object.entries(node) as [string, unknown][]) {
    if (typeof below === 'number' && key === 'Value') named.numbers.add(below);
    else if (typeof below === 'string' && (key === 'Value' || key === 'id')) named.texts.add(below);
    else noteNamed(below, named);
  }
}
