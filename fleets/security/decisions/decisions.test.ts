import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compile } from '../../../src/reason/index.ts';
import { bod2604 } from './bod-26-04.ts';
import { coordinator } from './coordinator.ts';
import { forensicInquiry } from './forensics.ts';
import { normalise } from './normalise.ts';
import { patchPlan } from './patch-plan.ts';
import { threatNote } from './threat-note.ts';

for (const template of [normalise, coordinator, bod2604, threatNote, patchPlan, forensicInquiry]) {
  test(`the template \`${template.name}\` compiles and is right about its own tests`, async () => {
    await compile(template);
  });
}

const OFFICIAL = [
  {
    template: coordinator,
    file: 'cisa_coordinator_2_0_3.csv',
    columns: ['exploitation', 'automatable', 'technicalImpact', 'mission'],
    rows: 36,
  },
  {
    template: bod2604,
    file: 'cisa_bod_26_04_1_0_0.csv',
    columns: ['inKev', 'exposed', 'automatable', 'technicalImpact'],
    rows: 16,
  },
];

for (const { template, file, columns, rows } of OFFICIAL) {
  test(`\`${template.name}\` decides all ${rows} rows as published, by the row of that number`, async () => {
    const { decide } = await compile(template);
    const published = readFileSync(new URL(`../data/decision-tables/${file}`, import.meta.url), 'utf8')
      .trimEnd()
      .split(/\r?\n/)
      .slice(1)
      .map((line) => line.split(','));
    assert.equal(published.length, rows);
    for (const [number, ...cells] of published) {
      const outcome = cells.pop();
      const input = Object.fromEntries(columns.map((column, i) => [column, cells[i]]));
      const decided = await decide({ ...input, alreadyTicketed: false });
      assert.equal((decided.output as { outcome: string }).outcome, outcome);
      assert.match(decided.row ?? '', new RegExp(`^row-${number}: `));
    }
  });
}
