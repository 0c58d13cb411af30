import { joinLabels, NO_LABEL, type Label } from './label.ts';
import type { ToolId } from './ids.ts';

/**
 * What a run tree has done and seen so far, as far as policies look back: the tools that ran, sorted, each once, and the join of
 * the labels of all that they brought. It grows along a run and is handed down with what the run publishes.
 */
export interface Trail {
  readonly tools: readonly ToolId[];
  readonly seen: Label;
}

export const NO_TRAIL: Trail = { tools: [], seen: NO_LABEL };

/** The trail after a tool ran that brought data of this label. */
export function alongTrail(trail: Trail, tool: ToolId, brought: Label): Trail {
  const tools = trail.tools.includes(tool) ? trail.tools : [...trail.tools, tool].sort();
  return { tools, seen: joinLabels(trail.seen, brought) };
}
