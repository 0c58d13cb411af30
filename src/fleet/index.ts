/**
 * Agents as versioned things: who exists, which tools, and the capability map.
 *
 * Owns: the registry of this process. Called by `fabric`, `serve`, `cli` and `platform.ts`. Releases, canary and retirement
 * will live here.
 */
export { autonomyFor, manifestOf } from './manifest.ts';
export { createRegistry, type RegisteredTool, type Registry } from './registry.ts';
