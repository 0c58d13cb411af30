import { z } from 'zod';
import { digest, messageOf, Misuse, SEPARATIONS, type Digest } from '../../vocabulary/index.ts';
import { knowsZone, minuteOfDay } from './calendar.ts';
import { durationMs, LONGEST_SECONDS } from './duration.ts';

/** More people than any rule may ask for in one stage: a need that nobody can ever meet is a refusal in disguise. */
const MOST_NEEDED = 10;

const RuleName = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'is not a lower-case name with hyphens');
const Duration = z.string().refine((text) => (durationMs(text) ?? 0) > 0, {
  error: 'is not a duration such as `P7D`, `PT8H` or `PT30M` (weeks, days, hours, minutes, seconds)',
});
const LocalTime = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'is not a time such as `08:00`');
const LocalDate = z.iso.date('is not a date such as `2026-12-25`');

const Stage = z.strictObject({
  of: z.array(RuleName).min(1).max(20),
  need: z.int().min(1).max(MOST_NEEDED, `no stage may need more than ${MOST_NEEDED} people`),
});

/** How one question is answered. There is deliberately no setting for what silence means: it refuses. */
const RuleSchema = z.strictObject({
  stages: z.array(Stage).min(1).max(10),
  separate: z.array(z.enum(SEPARATIONS)).default(['requester', 'author']),
  expires: Duration,
  escalate: z
    .array(z.strictObject({ after: Duration, calendar: z.string().optional(), to: RuleName }))
    .max(10)
    .default([]),
  delegable: z.boolean().default(true),
  batch: z.boolean().default(false),
  dwellSeconds: z.int().min(0).max(3_600).default(0),
  distinct: z.boolean().default(false),
});

const CalendarSchema = z.strictObject({
  timezone: z.string().refine(knowsZone, { error: 'is not a time zone such as `Europe/Madrid`' }),
  days: z.array(z.int().min(1).max(7)).min(1).max(7),
  from: LocalTime,
  to: LocalTime,
  holidays: z.array(LocalDate).max(2_000).default([]),
});

/** `rules.json`: approval rules as data, beside the policies that name them. */
export const Rules = z.strictObject({
  rules: z.record(RuleName, RuleSchema).default({}),
  calendars: z.record(RuleName, CalendarSchema).default({}),
  /** The most that an answer given in advance may cover. */
  standingGrants: z
    .strictObject({
      mostDays: z.int().min(1).max(90).default(30),
      mostUses: z.int().min(1).max(100_000).default(1_000),
    })
    .default({ mostDays: 30, mostUses: 1_000 }),
  /** Two people, or one whose act is reviewed afterwards. */
  breakGlass: z
    .strictObject({
      mostMinutes: z.int().min(1).max(60).default(60),
      reviewWithinHours: z.int().min(1).max(24).default(24),
    })
    .default({ mostMinutes: 60, reviewWithinHours: 24 }),
});
export type Rules = z.infer<typeof Rules>;
export type Rule = z.infer<typeof RuleSchema> & {
  /** As `rules.json` names it; of a rule made from annotations, `approver:` and the approver name. */
  readonly name: string;
};

/** As much of a policy as says who has to answer for it. */
export interface AskingPolicy {
  readonly id: string;
  /** The sentence a person reads. */
  readonly why?: string;
  readonly approval: { readonly role: string; readonly expiresInSeconds: number } | null;
  /** Name of its rule in `rules.json`. */
  readonly rule?: string | null;
}

/** No rule has a name: policies ask by their annotations alone. */
export const NO_RULES: Rules = Rules.parse({});

/**
 * Reads the text of a `rules.json`.
 *
 * @throws Misuse `bad-policy` that names every fault: what does not fit the schema (unknown settings too), an unknown calendar, a
 * need that can never be met, an escalation that comes after the end.
 */
export function parseRules(text: string): Rules {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Misuse('bad-policy', `the approval rules are not JSON: ${messageOf(cause)}`, { cause });
  }
  const parsed = Rules.safeParse(json);
  const faults = parsed.success
    ? faultsOf(parsed.data)
    : parsed.error.issues.map(({ path, message }) => `\`${path.join('.')}\`: ${message}`);
  if (!parsed.success || faults.length > 0) throw new Misuse('bad-policy', `approval rules: ${faults.join('; ')}`);
  return parsed.data;
}

/** Of everything that the file says. */
export function digestOfRules(rules: Rules): Digest {
  return digest(rules);
}

/**
 * The rule by which people answer for a policy: the one that it names, else one person with its approver name, who is neither
 * who asked nor its author.
 *
 * @throws Misuse `bad-policy` when it names a rule that is not there, or asks for nobody.
 */
export function ruleOf(policy: AskingPolicy, { rules }: Rules): Rule {
  if (policy.rule !== null && policy.rule !== undefined) {
    const rule = Object.hasOwn(rules, policy.rule) ? rules[policy.rule] : undefined;
    if (rule === undefined) {
      throw new Misuse('bad-policy', `\`${policy.id}\` names the rule \`${policy.rule}\`, which is not in rules.json`);
    }
    return { ...rule, name: policy.rule };
  }
  if (policy.approval === null) throw new Misuse('bad-policy', `\`${policy.id}\` asks for nobody`);
  return {
    name: `approver:${policy.approval.role}`,
    stages: [{ of: [policy.approval.role], need: 1 }],
    separate: ['requester', 'author'],
    expires: `PT${Math.min(policy.approval.expiresInSeconds, LONGEST_SECONDS)}S`,
    escalate: [],
    delegable: true,
    batch: false,
    dwellSeconds: 0,
    distinct: false,
  };
}

function faultsOf({ rules, calendars }: Rules): readonly string[] {
  const faults: string[] = [];
  for (const [name, { from, to, days }] of Object.entries(calendars)) {
    if (minuteOfDay(from) >= minuteOfDay(to)) faults.push(`\`calendars.${name}\`: \`from\` is not before \`to\``);
    if (new Set(days).size < days.length) faults.push(`\`calendars.${name}.days\`: a day twice`);
  }
  for (const [name, rule] of Object.entries(rules)) {
    const expires = durationMs(rule.expires) ?? 0;
    for (const [i, { of }] of rule.stages.entries()) {
      if (new Set(of).size < of.length) faults.push(`\`rules.${name}.stages.${i}.of\`: an approver name twice`);
    }
    if (new Set(rule.separate).size < rule.separate.length) faults.push(`\`rules.${name}.separate\`: a word twice`);
    for (const [i, { after, calendar }] of rule.escalate.entries()) {
      const where = `\`rules.${name}.escalate.${i}\``;
      if (calendar !== undefined && !Object.hasOwn(calendars, calendar)) {
        faults.push(`${where}: there is no calendar \`${calendar}\``);
      }
      if (calendar !== undefined && /[DW]/.test(after)) {
        faults.push(`${where}: with a calendar write hours, not \`${after}\`: a working day has fewer than 24`);
      }
      // Working time passes at most as fast as time does.
      if ((durationMs(after) ?? 0) >= expires) {
        faults.push(`${where}: \`${after}\` is not before the end, \`${rule.expires}\``);
      }
    }
  }
  return faults;
}
