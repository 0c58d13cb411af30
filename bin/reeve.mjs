#!/usr/bin/env node
// `reeve`: on any Node >= 18, hands over to the one that the project brings.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
process.argv.splice(2, 0, 'src/cli/main.ts');
await import(join(here, '..', 'scripts', 'run.mjs'));
