import { agent, on } from '../../../src/sdk/index.ts';
import { plateDisposition } from '../decisions/plate-disposition.ts';
import { Plate } from '../events.ts';
import { disposePlate, openTicket, scrapPlate } from '../tools.ts';
import { PLANT, STEELS } from '../units.ts';

/** Sends each plate of its steel to where the fault seen on it is dealt with. */
export const plateInspectors = STEELS.map((steel) =>
  agent(`plate-inspector.${steel}`, {
    ...PLANT,
    purpose: `Decide what becomes of faulty plates of steel ${steel.toUpperCase()}`,
    owner: 'rolling-mill',
    perceive: on('plate.measured', Plate, (plate) => plate.steel === steel),
    reason: plateDisposition,
    given: ({ event: { data } }) => ({ fault: data.fault, area: data.area }),
    propose({ event: { data }, decided: { disposition, reason } }) {
      const { plate } = data;
      if (disposition === 'scrap') return [scrapPlate.with({ plate, reason }, reason)];
      if (disposition === 'ask') return [openTicket.with({ about: plate, title: `${plate}: ${reason}` }, reason)];
      return [disposePlate.with({ plate, disposition, reason }, reason)];
    },
    act: [disposePlate.granted, scrapPlate.granted, openTicket.granted],
    autonomy: { default: 'L3' },
  }),
);
