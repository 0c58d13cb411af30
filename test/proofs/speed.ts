import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureSpeed } from '../../bench/speed.ts';
import type { Proof } from './proof.ts';

/** The governed loop must be so many times as fast as five raw steps, and as five steps with governance put together by hand. */
const TIMES_RAW = 2;
const TIMES_ASSEMBLED = 4;
/** Seconds from start to the first effect. */
const FIRST_EFFECT = 15;

/**
 * Ratios measured in one run (`npm run bench` prints all of it). At reduced size nothing is warm and others share the machine:
 * there it only shows that the loop with its governance uses less CPU than steps without.
 */
export const proof: Proof = {
  name: 'speed',
  shows:
    'the governed loop with one effect runs at least 2 times as often as five raw steps and 4 times as five hand-governed ones',
  async run({ size, log }) {
    const dataDir = mkdtempSync(join(tmpdir(), 'reeve-speed-'));
    try {
      const figures = await measureSpeed({ dataDir, scale: size === 'full' ? 1 : 0.1, log });
      const { governed_vs_raw = 0, governed_vs_assembled = 0, start_to_first_effect_s = Infinity } = figures;
      const pass =
        size === 'full'
          ? governed_vs_raw >= TIMES_RAW &&
            governed_vs_assembled >= TIMES_ASSEMBLED &&
            start_to_first_effect_s < FIRST_EFFECT
          : (figures['governed_vs_raw_cpu_c100'] ?? 0) > 1 && start_to_first_effect_s < FIRST_EFFECT;
      return { pass, figures };
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
};
