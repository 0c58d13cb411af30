import { InvalidArgumentError } from 'commander';
import { Misuse, showMoney } from '../vocabulary/index.ts';

/** An amount of what a budget counts, for a person: `12.50 EUR`, `800`. */
export function showAmount(amount: number, measure: string): string {
  const currency = currencyOf(measure);
  return currency === null ? String(amount) : showMoney({ minor: amount, currency });
}

/**
 * A cap as a person writes it, as the API counts it: money in whole units or with two decimals, all else in whole numbers.
 *
 * @throws Misuse `bad-request`.
 */
export function readAmount(text: string, measure: string): number {
  const isMoney = currencyOf(measure) !== null;
  const [, units, cents = '0'] = /^([0-9]{1,12})(?:\.([0-9]{2}))?$/.exec(text) ?? [];
  if (units !== undefined && (isMoney || !text.includes('.'))) {
    return isMoney ? Number(units) * 100 + Number(cents) : Number(units);
  }
  throw new Misuse('bad-request', `\`--cap ${text}\` is no amount of \`${measure}\``, {
    fix: isMoney ? 'write it as 500 or 500.00' : 'write a whole number',
  });
}

/** Where a budget belongs, and its name: `north/daily-money`; `platform/...` is of every tenant. */
export function budgetName(text: string): { readonly tenant: string; readonly name: string } {
  const [, place, name] = /^([a-z0-9][a-z0-9._-]*)\/([a-z0-9][a-z0-9-]*)$/.exec(text) ?? [];
  if (place === undefined || name === undefined) {
    throw new InvalidArgumentError('expected tenant and name, such as `north/daily-money`, or `platform/daily-money`');
  }
  return { tenant: place === 'platform' ? '*' : place, name };
}

function currencyOf(measure: string): string | null {
  return /^money:([A-Z]{3})$/.exec(measure)?.[1] ?? null;
}
