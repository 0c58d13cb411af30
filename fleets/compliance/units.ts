/** The organisational units that have agents of their own: 5 + 4 + 3 + 5 + 3. */

/** CFR parts of title 12, each watched by the people who know it. */
export const REGULATIONS = ['1002', '1003', '1005', '1013', '1024'] as const;

export const BASELINES = ['low', 'moderate', 'high'] as const;

interface BusinessLine {
  readonly name: string;
  readonly owner: string;
  readonly regulations: readonly string[];
}

export const BUSINESS_LINES: readonly BusinessLine[] = [
  { name: 'lending', owner: 'lending-compliance', regulations: ['1002', '1003'] },
  { name: 'payments', owner: 'payments-compliance', regulations: ['1005'] },
  { name: 'leasing', owner: 'leasing-compliance', regulations: ['1013'] },
  { name: 'mortgages', owner: 'mortgage-compliance', regulations: ['1024'] },
];

interface ControlGroup {
  readonly name: string;
  readonly owner: string;
  /** NIST SP 800-53 families. */
  readonly families: readonly string[];
}

export const CONTROL_GROUPS: readonly ControlGroup[] = [
  { name: 'access', owner: 'identity-and-access', families: ['ac', 'ia', 'ps'] },
  { name: 'systems', owner: 'platform-operations', families: ['cm', 'ma', 'sc', 'si'] },
  { name: 'resilience', owner: 'resilience', families: ['cp', 'ir'] },
  { name: 'premises', owner: 'facilities', families: ['mp', 'pe'] },
  { name: 'governance', owner: 'security-governance', families: ['at', 'au', 'ca', 'pl', 'ra', 'sa', 'sr'] },
];

export interface Trust {
  readonly name: string;
  readonly owner: string;
  /** How the criteria begin that it answers for. */
  readonly criteria: readonly string[];
  /** Procedures that it keeps, by id. */
  readonly procedures: readonly string[];
}

export const TRUST: readonly Trust[] = [
  {
    name: 'security',
    owner: 'security-policies',
    criteria: ['CC'],
    procedures: ['onboard', 'offboard', 'patch', 'workstation'],
  },
  { name: 'availability', owner: 'service-continuity', criteria: ['A1'], procedures: [] },
  {
    name: 'privacy',
    owner: 'privacy-office',
    criteria: ['C1', 'P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8', 'PI1'],
    procedures: [],
  },
];
