/**
 * What an agent may know about an event: the facts it asks for, with their origins and the join of their labels.
 *
 * Owns: nothing; the past is injected. `fabric` calls it. Later: memory and curated knowledge live here too.
 */
export { recall, type Past, type Recollection } from './recall.ts';
