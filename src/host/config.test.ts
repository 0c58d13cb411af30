import assert from 'node:assert/strict';
import { isAbsolute } from 'node:path';
import { test } from 'node:test';
import { describeConfig, readConfig, redactUrl } from './config.ts';

const bad = (message: RegExp) => ({ code: 'bad-config', name: 'Misuse', message });

test('without any setting the defaults hold and the data folder is absolute', () => {
  const config = readConfig({});
  assert.equal(config.port, 7070);
  assert.equal(config.maxBodyBytes, 1024 * 1024);
  assert.equal(config.maxQueuedRuns, 10_000);
  assert.equal(config.restatePartitions, 4);
  assert.equal(config.databaseUrl, undefined);
  assert.ok(isAbsolute(config.dataDir) && config.dataDir.endsWith('.reeve'));
});

test('the command line wins over the environment, which wins over the defaults', () => {
  const env = { REEVE_PORT: '9000', REEVE_MAX_BODY_BYTES: '2048', REEVE_LOG_LEVEL: '' };
  const config = readConfig(env, { port: '9001' });
  assert.deepEqual([config.port, config.maxBodyBytes, config.logLevel], [9001, 2048, 'info']);
});

test('every wrong setting is named with what was given', () => {
  assert.throws(
    () => readConfig({ REEVE_PORT: 'abc', REEVE_LOG_LEVEL: 'loud' }),
    bad(/`REEVE_PORT` is `abc`.*`REEVE_LOG_LEVEL` is `loud`/),
  );
  assert.throws(() => readConfig({ REEVE_PORT: '70000' }), bad(/`REEVE_PORT` is `70000`/));
  assert.throws(() => readConfig({ REEVE_MAX_QUEUED_RUNS: '0' }), bad(/REEVE_MAX_QUEUED_RUNS/));
});

test('a misspelt setting is refused, not ignored', () => {
  assert.throws(() => readConfig({ REEVE_DATABSE_URL: 'postgres://x/y' }), bad(/no setting `REEVE_DATABSE_URL`/));
});

test('the ingress without the admin API, or the other way round, is refused', () => {
  assert.throws(() => readConfig({ REEVE_RESTATE_INGRESS: 'http://a:1' }), bad(/without `REEVE_RESTATE_ADMIN`/));
  assert.throws(() => readConfig({ REEVE_RESTATE_ADMIN: 'http://a:1' }), bad(/without `REEVE_RESTATE_INGRESS`/));
  assert.doesNotThrow(() => readConfig({ REEVE_RESTATE_INGRESS: 'http://a:1', REEVE_RESTATE_ADMIN: 'http://a:2' }));
});

test('no secret is shown: not in descriptions, not in complaints', () => {
  const databaseUrl = 'postgres://reeve:hunter2@db:5432/reeve?sslpassword=hunter3';
  const shown = JSON.stringify(describeConfig(readConfig({ REEVE_DATABASE_URL: databaseUrl })));
  assert.match(shown, /postgres:\/\/reeve:\*\*\*@db:5432\/reeve/);
  assert.doesNotMatch(shown, /hunter/);
  assert.throws(
    () => readConfig({ REEVE_DATABASE_URL: 'mysql://reeve:hunter2@db/reeve' }),
    (error: Error) => /REEVE_DATABASE_URL/.test(error.message) && !/hunter/.test(error.message),
  );
  assert.equal(redactUrl('nonsense with hunter2'), '(not a URL)');
});

test('every setting has a reason, and a default or a meaning when it is not set', () => {
  for (const { name, variable, why } of describeConfig()) {
    assert.ok(why.length > 20, name);
    assert.match(variable, /^REEVE_[A-Z_]+$/);
  }
});

test('NO_COLOR means no colour, unless colour is asked for', () => {
  assert.equal(readConfig({ NO_COLOR: '1' }).color, 'never');
  assert.equal(readConfig({ NO_COLOR: '1', REEVE_COLOR: 'always' }).color, 'always');
});

test('the environment that policies are told is development or production, nothing else', () => {
  assert.equal(readConfig({}).environment, 'development');
  assert.equal(readConfig({ REEVE_ENVIRONMENT: 'production' }).environment, 'production');
  assert.throws(() => readConfig({ REEVE_ENVIRONMENT: 'prod' }), /REEVE_ENVIRONMENT/);
});
