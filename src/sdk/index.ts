/**
 * What users write: `agent()`, `tool()`, `decision()`, `fleet()` and the small words between them. Published as `reeve/sdk`.
 *
 * Owns: nothing at run time. It turns what a user wrote into checked, content-hashed definitions (`vocabulary`). Pure but for
 * reading the files of decision templates.
 */
export { agent, derive, history, on, reference, type AgentOptions } from './agent.ts';
export { decision, type DecisionOptions } from './decision.ts';
export { fleet, type FleetOptions } from './fleet.ts';
export { http, publish, tool, type DefinedTool, type ToolOptions } from './tool.ts';
export { eur, money, type Event, type Money, type RawEvent, type Rehearsed, type Scorer } from '../vocabulary/index.ts';
