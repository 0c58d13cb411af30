import { agent, on } from '../../../src/sdk/index.ts';
import { orderClosing } from '../decisions/order-closing.ts';
import { OrderClosed } from '../events.ts';
import { earlierActivities } from '../recall.ts';
import { completeOrder, openTicket, quarantineOrder } from '../tools.ts';
import { FINAL_INSPECTION, LINES, PACKING, PLANT } from '../units.ts';

/** Decides what becomes of an order when no more steps come: only now is it certain that it was never inspected. */
export const orderClosers = LINES.map((line) =>
  agent(`order-closer.${line}`, {
    ...PLANT,
    purpose: `Close the orders of ${line}, and let none leave uninspected`,
    owner: 'shipping',
    perceive: on('order.closed', OrderClosed, (closed) => closed.line === line),
    recall: { earlier: earlierActivities },
    reason: orderClosing,
    given({ facts: { earlier } }) {
      const packing = earlier.indexOf(PACKING);
      const inspection = earlier.findIndex((activity) => FINAL_INSPECTION.includes(activity));
      return {
        packed: packing >= 0,
        inspected: inspection >= 0,
        inspectedBeforePacking: inspection >= 0 && (packing < 0 || inspection < packing),
      };
    },
    propose({ event: { data }, decided: { close, finding } }) {
      const { order, steps } = data;
      switch (close) {
        case 'complete':
          return [completeOrder.with({ order, steps }, 'inspected and packed')];
        case 'review':
          return [openTicket.with({ about: order, title: `${order} was inspected after packing` }, finding)];
        case 'quarantine':
          return [quarantineOrder.with({ order, finding }, 'packed, and no inspection came')];
        case 'leave-open':
          return [];
      }
    },
    act: [completeOrder.granted, openTicket.granted, quarantineOrder.granted],
    autonomy: { default: 'L3' },
  }),
);
