/**
 * The proofs, by name, in the order in which they are listed. Each is one file beside this one; a new one is a file and a line.
 * `npm run prove` lists them, `npm run prove -- NAME` runs one at full size, `proofs.test.ts` runs each at reduced size.
 */
import { proof as approvalBinding } from './approval-binding.ts';
import { proof as approvalJourneys } from './approval-journeys.ts';
import { proof as approvalDays } from './approval-days.ts';
import { proof as approvalProtocol } from './approval-protocol.ts';
import { proof as backtest } from './backtest.ts';
import { proof as badInput } from './bad-input.ts';
import { proof as budgets } from './budgets.ts';
import { proof as crash } from './crash.ts';
import { proof as failClosed } from './fail-closed.ts';
import { proof as gate } from './gate.ts';
import { proof as judgingCost } from './judging-cost.ts';
import { proof as ledger } from './ledger.ts';
import { proof as memory } from './memory.ts';
import type { Proof } from './proof.ts';
import { proof as realWork } from './real-work.ts';
import { proof as speed } from './speed.ts';
import { proof as stop } from './stop.ts';
import { proof as structure } from './structure.ts';

export const PROOFS: readonly Proof[] = [
  approvalBinding,
  approvalDays,
  approvalProtocol,
  approvalJourneys,
  backtest,
  badInput,
  budgets,
  crash,
  failClosed,
  gate,
  judgingCost,
  ledger,
  memory,
  realWork,
  speed,
  stop,
  structure,
];
