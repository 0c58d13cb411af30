/** The enterprise systems that are simulated; each has its collections, its journal and its knobs. One line adds one. */
export const SYSTEMS = ['erp', 'ticketing', 'patch', 'grc', 'mes'] as const;
