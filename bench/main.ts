import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureSpeed, type SpeedOptions } from './speed.ts';

/**
 * `npm run bench`: the governed loop beside raw and hand-assembled steps, on one engine and database, in one run. Figures are
 * ratios against what was measured in the same run; absolute times mean little on a shared machine. `--json` ends with one
 * line of JSON. `--quick` runs a tenth.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  console.log(
    'npm run bench -- [--json] [--quick]\n\nMeasures the governed loop against raw and hand-assembled engine steps.',
  );
} else {
  const dataDir = mkdtempSync(join(tmpdir(), 'reeve-bench-'));
  try {
    const options: SpeedOptions = { dataDir, scale: values.quick ? 0.1 : 1, log: (line) => console.error(line) };
    const figures = await measureSpeed(options);
    for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(34)} ${value}`);
    if (values.json) console.log(JSON.stringify(figures));
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
