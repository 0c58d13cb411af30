// Runs a command of this repository on its own Node, installing first when that is needed. Plain JavaScript for any Node >= 18:
// before the first install there is nothing else. Usage: node scripts/run.mjs FILE [ARGS...]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const stamp = join(root, 'node_modules', '.reeve-installed');
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

// The heap grows by at most 80 % beyond what lives; without this it grows to three times that before it is swept.
const SMALL = ['--max-semi-space-size=16', '--heap-growing-percent=80'];

if (!existsSync(node) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) install();
run();

function install() {
  process.stderr.write('installing the packages in package-lock.json (once) ...\n');
  const began = Date.now();
  const npm = process.env.npm_execpath;
  // Not `npm ci`: it refuses a lock file that lacks packages of platforms other than the one it was made on.
  const args = ['install', '--no-save', '--no-fund', '--no-audit', '--loglevel=error'];
  // npm tells which npm runs us; without it, the one on the path.
  const done = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status !== 0 || !existsSync(node)) {
    process.stderr.write(
      'the install failed: see above. Reeve needs the npm registry once, and nothing else from outside.\n',
    );
    process.exit(1);
  }
  writeFileSync(stamp, lock);
  process.stderr.write(`installed in ${Math.round((Date.now() - began) / 1000)} s\n`);
}

function run() {
  const [file, ...args] = process.argv.slice(2);
  const child = spawn(node, [...SMALL, join(root, file), ...args], {
    stdio: 'inherit',
    // glibc gives every thread an arena of its own and returns little: two are enough (measured: 408 to 361 MB after 17,900 events).
    // And what is freed goes back: the thresholds are fixed, where glibc would raise them and keep more and more.
    env: { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '131072', ...process.env },
  });
  // Ctrl-C reaches the child by itself, as part of the terminal's group; what is sent to us alone is passed on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}
