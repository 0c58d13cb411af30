/**
 * `npm run check`: everything that can be said of the code without running the product. Each check is named with the time it
 * took; what it says is printed only when it fails. All run, so that one run shows all that is wrong; exit code 1 if any failed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

const CHECKS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'types', command: [bin('tsc'), '-p', '.'] },
  { name: 'lint', command: [bin('oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', command: [bin('oxfmt'), '--check'] },
  { name: 'dead code', command: [bin('knip'), '--no-progress'] },
  { name: 'architecture', command: [process.execPath, '--test', 'test/repo/architecture.test.ts'] },
];

// The tools are scripts for whatever `node` is on the path: it shall be ours.
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };

let failed = 0;
for (const check of CHECKS) {
  const began = performance.now();
  const { ok, said } = await runCheck(check.command);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${ok ? '✔' : '✖'} ${check.name.padEnd(14)} ${seconds.padStart(6)} s\n`);
  if (ok) continue;
  failed += 1;
  process.stdout.write(`${said.trim().replaceAll(/^/gm, '    ')}\n`);
}
if (failed > 0) {
  process.stdout.write(`${failed} of ${CHECKS.length} checks failed\n`);
  process.exitCode = 1;
}

async function runCheck([command, ...args]: readonly string[]): Promise<{ ok: boolean; said: string }> {
  const child = spawn(command as string, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { ok: code === 0, said };
  } catch (error) {
    return { ok: false, said: `cannot run \`${command}\`: ${String(error)}` };
  }
}
