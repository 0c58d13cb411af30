/**
 * The same loop with the world replaced: scoring now; evals, shadow and replay later. And the backtest: what was decided, judged
 * again under other policies, which are injected.
 *
 * Owns: nothing. Called by `cli`, `serve` and proofs. Nothing here can touch the world: it holds no actor and makes no permit.
 */
export { openBacktest, type Backtest, type Draft } from './backtest/backtest.ts';
export type { Decision, Flip, RecordedDraw, Settled } from './backtest/decision.ts';
export { rehearse } from './rehearse.ts';
export { score, type Score } from './score.ts';
