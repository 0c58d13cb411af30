/** Every order of answers by up to five people where up to three are needed: the protocol and the model side by side. */
import { act, type ApprovalAction } from '../../src/govern/approval/protocol.ts';
import type { AnswerContext } from '../../src/govern/approval/eligible.ts';
import { bindEdit, type Asking } from '../../src/govern/approval/open.ts';
import { ACT, asking, by, question } from '../../src/govern/approval/ordinary-question.ts';
import { difference, modelOf, next, type Model, type ModelAction } from '../../src/govern/approval/protocol.model.ts';
import type { Approval } from '../../src/vocabulary/index.ts';

export interface Orders {
  readonly orders: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly differences: readonly string[];
}

interface Pair {
  readonly approval: Approval;
  readonly model: Model;
}

const PEOPLE = ['a', 'b', 'c', 'd', 'e'] as const;
/**
 * Each person approves, declines, edits, or approves and takes it back; before each of them, and at the end, the time may run out.
 * Fewer people are those who came before it did.
 *
 * @param mostEdits a third leads to nothing that two did not
 */
export function tryAllOrders(mostEdits: number): Orders {
  const ends: Record<string, number> = {};
  const differences: string[] = [];
  const end = ({ approval }: Pair): void => void (ends[approval.state] = (ends[approval.state] ?? 0) + 1);
  for (let need = 1; need <= 3; need++) {
    const rule = { n: { stages: [{ of: ['controller'], need }] } };
    const rules = asking(rule);
    const approval = question(rule);
    walk({ approval, model: modelOf(approval) }, rules, PEOPLE);
  }
  return { orders: Object.values(ends).reduce((sum, count) => sum + count, 0), ends, differences };

  function walk(pair: Pair, rules: Asking, left: readonly string[]): void {
    const { approval } = pair;
    if (approval.state !== 'pending') return end(pair);
    end(step(pair, { kind: 'expire', now: approval.bound.expiresAt }));
    for (const person of left) {
      const others = left.filter((one) => one !== person);
      const who = by(person);
      const voted = step(pair, { kind: 'approve', reason: 'seen' }, who);
      walk(voted, rules, others);
      if (voted.approval.state === 'pending') walk(step(voted, { kind: 'withdraw' }, who), rules, others);
      end(step(pair, { kind: 'decline', reason: 'not ours' }, who));
      const version = Number(/\d+$/.exec(approval.bound.nonce)?.[0]) + 1;
      if (version > mostEdits) continue;
      const edited = { ...ACT, argumentsText: `{"amount":${version}}` };
      const made = bindEdit(approval, { ...rules, act: edited, now: who.now, nonce: `nonce-${version}` });
      walk(step(pair, { kind: 'edit', reason: '', verdict: 'needs-approval', ...made }, who), rules, others);
    }
  }

  function step({ approval, model }: Pair, action: ApprovalAction, who?: AnswerContext): Pair {
    const result =
      who === undefined ? act(approval, action as Parameters<typeof act>[1] as never) : act(approval, action, who);
    const after = {
      approval: result.kind === 'moved' ? result.approval : approval,
      model: next(model, action as ModelAction, who),
    };
    const differs = difference(after.model, after.approval);
    if (differs !== null) differences.push(`${action.kind} by ${who?.principal.person ?? 'time'}: ${differs}`);
    return after;
  }
}
