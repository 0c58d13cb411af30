/**
 * The hundred agents that ship, one folder per domain, each with the real records it works on and answers that nobody here
 * wrote. Written with the SDK only, as a user would.
 */
import type { Fleet } from '../src/vocabulary/index.ts';
import { compliance } from './compliance/index.ts';
import { finance } from './finance/index.ts';
import { manufacturing } from './manufacturing/index.ts';
import { security } from './security/index.ts';

export const FLEETS: readonly Fleet[] = [finance, security, compliance, manufacturing];
