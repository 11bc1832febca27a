import type { CheckSubject } from '../domain/check.ts';

/** What doctor examines on Opti ID's side, whichever source it is read from. */
export function optiIdSubject(id: string, title: string): CheckSubject {
  return { id: `opti-id.${id}`, group: 'opti-id', title };
}
