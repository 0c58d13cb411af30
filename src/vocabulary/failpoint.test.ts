import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { afterEach, test } from 'node:test';
import { armFailpoint, armFromText, disarmFailpoints, failpoint, FAILPOINTS } from './failpoint.ts';

afterEach(disarmFailpoints);

test('a failpoint that nobody armed does nothing', () => {
  for (const name of FAILPOINTS) failpoint(name);
});

test('an armed failpoint springs at its nth pass, once', () => {
  let sprung = 0;
  armFailpoint('act.before-send', { nth: 3, action: () => sprung++ });
  failpoint('act.after-send');
  failpoint('act.before-send');
  failpoint('act.before-send');
  assert.equal(sprung, 0);
  failpoint('act.before-send');
  failpoint('act.before-send');
  assert.equal(sprung, 1);
});

test('text arms several failpoints and says what is wrong with it', () => {
  armFromText('act.before-send:throw:2, act.after-send:throw');
  failpoint('act.before-send');
  assert.throws(() => failpoint('act.before-send'), /`act.before-send` was armed/);
  assert.throws(() => failpoint('act.after-send'), /`act.after-send` was armed/);
  assert.throws(() => armFromText('act.nowhere:kill'), /`act.nowhere` is no failpoint/);
  for (const bad of [
    'act.before-send',
    'act.before-send:explode',
    'act.before-send:kill:0',
    'act.before-send:kill:1:2',
  ]) {
    assert.throws(() => armFromText(bad), { code: 'bad-config' });
  }
});

test('a failpoint armed to kill ends the process as a crash does', () => {
  const page = JSON.stringify(new URL('./failpoint.ts', import.meta.url).href);
  const code = `const f = await import(${page});
    process.on('exit', () => console.log('cleaned up'));
    f.armFromText('gate.after-commit:kill:2');
    f.failpoint('gate.after-commit'); console.log('first'); f.failpoint('gate.after-commit'); console.log('second');`;
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.equal(signal, 'SIGKILL');
  assert.equal(stdout, 'first\n');
});
