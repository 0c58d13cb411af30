import { Misuse } from './fault.ts';

/** An amount as an integer number of minor units (cents) of an ISO 4217 currency. Never a fraction, never a float. */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

/** `money(1250, 'EUR')` is twelve euros fifty. Throws Misuse when `minor` is no safe integer. */
export function money(minor: number, currency: string): Money {
  if (!Number.isSafeInteger(minor)) throw new Misuse('bad-request', `\`${minor}\` is no whole number of minor units`);
  if (!/^[A-Z]{3}$/.test(currency)) throw new Misuse('bad-request', `\`${currency}\` is no ISO 4217 currency code`);
  return { minor, currency };
}

/** So many euros, given in whole euros or with up to two decimals. Rounds to the nearest cent. */
export function eur(euros: number): Money {
  return money(Math.round(euros * 100), 'EUR');
}

/** `1234.50 EUR`, for a person. */
export function showMoney({ minor, currency }: Money): string {
  const sign = minor < 0 ? '-' : '';
  const units = Math.abs(minor);
  return `${sign}${Math.trunc(units / 100)}.${String(units % 100).padStart(2, '0')} ${currency}`;
}
