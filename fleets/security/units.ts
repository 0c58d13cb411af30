/**
 * The organisational units that the security agents work for, as the asset register has them. What a unit stands to lose is
 * the enterprise's own input to the official tables: three units decide by CISA's coordinator table and name their mission
 * impact, two decide by BOD 26-04 and say whether their assets are exposed.
 */
export interface MissionUnit {
  readonly name: string;
  readonly rule: 'coordinator';
  readonly mission: 'low' | 'medium' | 'high';
  readonly desk: readonly string[];
  /** How closely held the facts about the unit's assets are. */
  readonly assets: 'internal' | 'confidential';
}

export interface ExposureUnit {
  readonly name: string;
  readonly rule: 'bod-26-04';
  readonly exposed: 'no' | 'yes';
  readonly desk: readonly string[];
  readonly assets: 'internal' | 'confidential';
}

export type Unit = MissionUnit | ExposureUnit;

/** `desk`: the numbering authorities whose records this unit takes in for all; what nobody names goes to the last unit. */
export const UNITS = [
  {
    name: 'logistics',
    rule: 'coordinator',
    mission: 'medium',
    desk: ['VulDB', 'oracle', 'sap', 'ibm', 'ProgressSoftware', 'SolarWinds', 'adobe'],
    assets: 'internal',
  },
  {
    name: 'production',
    rule: 'coordinator',
    mission: 'high',
    desk: [
      'icscert',
      'siemens',
      'schneider',
      'Rockwell',
      'CERTVDE',
      'Nozomi',
      'qualcomm',
      'MediaTek',
      'Unisoc',
      'talos',
    ],
    assets: 'internal',
  },
  {
    name: 'data-centre',
    rule: 'bod-26-04',
    exposed: 'no',
    desk: [
      'Linux',
      'microsoft',
      'redhat',
      'canonical',
      'vmware',
      'cisco',
      'fortinet',
      'palo_alto',
      'f5',
      'ivanti',
      'apple',
    ],
    assets: 'confidential',
  },
  {
    name: 'web-shop',
    rule: 'bod-26-04',
    exposed: 'yes',
    desk: [
      'Patchstack',
      'Wordfence',
      'WPScan',
      'GitHub_M',
      '@huntr_ai',
      '@huntrdev',
      'hackerone',
      'apache',
      'GitLab',
      'Joomla',
    ],
    assets: 'internal',
  },
  { name: 'office', rule: 'coordinator', mission: 'low', desk: [], assets: 'internal' },
] as const satisfies readonly Unit[];

export type UnitName = (typeof UNITS)[number]['name'];

const DESKS: ReadonlyMap<string, UnitName> = new Map(
  UNITS.flatMap(({ name, desk }) => desk.map((assigner) => [assigner, name] as const)),
);

/** The unit whose intake desk reads the records of this numbering authority. */
export function deskOf(assigner: string): UnitName {
  return DESKS.get(assigner) ?? 'office';
}

/** What a unit stands to lose, in one word. */
export function standingOf(unit: Unit): 'low' | 'medium' | 'high' | 'not exposed' | 'exposed' {
  if (unit.rule === 'coordinator') return unit.mission;
  return unit.exposed === 'yes' ? 'exposed' : 'not exposed';
}
