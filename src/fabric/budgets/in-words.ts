import type { BudgetTerms, Draw } from '../../govern/index.ts';
import { showMoney } from '../../vocabulary/index.ts';

/** An amount of a measure, for a person: `12.50 EUR`, `800 tokens`. */
export function showMeasure(amount: number, measure: string): string {
  const [, currency] = /^money:([A-Z]{3})$/.exec(measure) ?? [];
  return currency === undefined ? `${amount} ${measure}` : showMoney({ minor: amount, currency });
}

/** Why a draw does not fit: which budget, what is left, what is needed. */
export function leftOver({ budget, account, amount }: Draw, left: number): string {
  const { id, measure, cap } = budget;
  const place = account.slice(`${id}|${measure}|`.length).replace('|', ', ');
  return `budget \`${id}\` has ${showMeasure(left, measure)} left of ${showMeasure(cap, measure)} (${place}), and this needs ${showMeasure(amount, measure)}`;
}

const PER = {
  everything: 'all together',
  tenant: 'for each tenant',
  agent: 'for each agent',
  tree: 'for each run tree',
  run: 'for each run',
} as const satisfies Record<BudgetTerms['per'], string>;
const WINDOW = { ever: '', day: ' a day', week: ' a week', month: ' a month' } as const satisfies Record<
  BudgetTerms['window'],
  string
>;

/** What a budget says, in one line. */
export function showTerms({ of, per, measure, cap, window, atLimit }: BudgetTerms): string {
  const whose = Object.entries(of).map(([field, name]) => `${field} ${name}`);
  const covered = whose.length === 0 ? '' : ` of ${whose.join(', ')}`;
  return `at most ${showMeasure(cap, measure)}${WINDOW[window]} ${PER[per]}${covered}, then ${atLimit}`;
}
