/** What the fleet is divided into: the charts of the laboratory, the lines of the plant, the steels of the mill. */
export const CHARTS = ['pistonrings', 'orangejuice', 'circuit', 'viscosity'] as const;
export const LINES = ['machining', 'finishing'] as const;
export const STEELS = ['a300', 'a400'] as const;
/** Where rework is done, with the activities that are rework there. */
export const REWORK_AREAS = {
  grinding: ['Grinding Rework'],
  machining: ['Turning Rework', 'Rework Milling'],
} as const;

export type Line = (typeof LINES)[number];

/** The line an order belongs to: where its first step was done. */
export function lineOf(firstActivity: string): Line {
  return /turn|mill|setup/i.test(firstActivity) ? 'machining' : 'finishing';
}

/** Both names the log has for it. */
export const FINAL_INSPECTION: readonly string[] = ['Final Inspection', 'Final Inspection Q.C.'];
export const PACKING = 'Packing';
export const REWORK: readonly string[] = Object.values(REWORK_AREAS).flat();

/** Mandate and tenant that all agents of the plant share. */
export const PLANT = { tenant: 'manufacturing', expires: '2027-12-31' } as const;
