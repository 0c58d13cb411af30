/**
 * What Reeve is tested with, and what its users test with: the simulator of enterprise systems and a hand-moved clock.
 * Published as `reeve/testing`. (The failpoints live in `vocabulary`, because they stand in the code that crashes.)
 *
 * Owns: the simulator's folder, one append-only journal per system: the ground truth of what happened in the world.
 *
 * INVARIANT (journal-before-answer): a simulated system answers that something happened only after the line that says so was
 * handed to the operating system.
 */
export { handMovedClock, type HandMovedClock } from './clock.ts';
export { readJournal, type JournalLine } from './simulator/journal.ts';
export type { Knobs } from './simulator/knobs.ts';
export { startSimulator, type Simulator, type SimulatorOptions } from './simulator/simulator.ts';
export { SYSTEMS } from './simulator/systems.ts';
