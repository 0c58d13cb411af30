/**
 * The same loop with the world replaced: scoring now; evals, shadow, backtest and replay later.
 *
 * Owns: nothing. Called by `cli`, `serve` and proofs. Nothing here can touch the world: it holds no actor and makes no permit.
 */
export { rehearse } from './rehearse.ts';
export { score, type Score } from './score.ts';
