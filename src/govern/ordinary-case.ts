import type { Case } from './case.ts';

/** The ordinary case that tests vary: an active agent, a granted harmless tool, nothing unusual. */
export const ORDINARY: Case = {
  agent: { id: 'clerk.a', tenant: 'north', role: 'clerk', status: 'active', granted: true },
  tool: {
    id: 'erp.post',
    tenant: 'north',
    class: 'E1',
    risk: 'low',
    external: false,
    clearance: 1,
    movesMoney: false,
  },
  situation: {
    environment: 'development',
    today: '2026-06-10',
    weekday: 3,
    hour: 10,
    mandateEnds: '2027-12-31',
    autonomy: 'L3',
    amountMinor: 0,
    limitMinor: -1,
    sameCurrency: true,
    resourceGranted: true,
    sameTenant: true,
    integrity: 'trusted',
    confidentiality: 1,
    stopped: [],
    approvals: [],
    exhausted: [],
    ran: [],
    seenUntrusted: false,
    seenConfidentiality: 0,
    depth: 0,
  },
};
