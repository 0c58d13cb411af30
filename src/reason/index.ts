/**
 * Event + facts + decision template -> proposals. Decision tables (JDM) run by GoRules Zen.
 *
 * Owns: compiled templates and the decisions they remember. `fabric` and `rehearse` (through fabric) call it; nobody else.
 * INVARIANT (no-silent-cell): a template with a malformed cell, a failing test or a node that can reach out never compiles.
 */
export { propose, type Thought } from './propose.ts';
export { compile, type Compiled } from './template.ts';
