import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handMovedClock } from '../testing/index.ts';
import { createBreaker, type Breaker } from './breaker.ts';

function callThat(breaker: Breaker, alive: boolean): boolean {
  const ticket = breaker.enter();
  if (ticket !== null) breaker.leave(ticket, alive);
  return ticket !== null;
}

test('a breaker opens after so many failures in a row, and a success begins the count anew', () => {
  const breaker = createBreaker(handMovedClock(), { failures: 3 });
  for (const alive of [false, false, true, false, false]) callThat(breaker, alive);
  assert.equal(breaker.state(), 'closed');
  callThat(breaker, false);
  assert.equal(breaker.state(), 'open');
  assert.equal(breaker.enter(), null);
});

test('failures of calls that were under way together count as one', () => {
  const breaker = createBreaker(handMovedClock(), { failures: 2 });
  const together = Array.from({ length: 50 }, () => breaker.enter());
  for (const ticket of together) breaker.leave(ticket ?? -1, false);
  assert.equal(breaker.state(), 'closed');
  callThat(breaker, false);
  assert.equal(breaker.state(), 'open');
});

test('after the cooldown one call probes at a time, and what it finds decides', () => {
  const clock = handMovedClock();
  const breaker = createBreaker(clock, { failures: 1, cooldownMs: 1_000 });
  const early = breaker.enter();
  callThat(breaker, false);
  clock.advance(999);
  assert.equal(breaker.enter(), null);
  clock.advance(1);
  assert.equal(breaker.state(), 'half-open');
  const probe = breaker.enter();
  assert.ok(probe !== null);
  assert.equal(breaker.enter(), null, 'a second probe at the same time');
  breaker.leave(early ?? -1, true);
  assert.equal(breaker.enter(), null, 'late news closed it');
  breaker.leave(probe, false);
  assert.equal(breaker.state(), 'open');
  clock.advance(1_000);
  assert.ok(callThat(breaker, true));
  assert.equal(breaker.state(), 'closed');
  assert.ok(callThat(breaker, true));
});

test('a system that stays away is probed at most once in each cooldown', () => {
  const clock = handMovedClock();
  const breaker = createBreaker(clock, { failures: 5, cooldownMs: 1_000 });
  let reached = 0;
  for (let ms = 0; ms < 60_000; ms += 10, clock.advance(10)) if (callThat(breaker, false)) reached++;
  assert.ok(reached <= 5 + 60, `${reached} calls in a minute`);
});
