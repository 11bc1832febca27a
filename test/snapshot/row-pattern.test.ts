import { expect, it } from 'vitest';
import { rowPattern } from '../../src/snapshot/row-pattern.ts';

it('what SCIM hides is null in a row of a snapshot from SCIM, and in no other', () => {
  const row = JSON.stringify({
    opti_group_id: 'g1',
    name: 'Editors',
    description: null,
    group_type: null,
    user_count: null,
    created_at: null,
    modified_at: null,
  });
  expect(rowPattern('optiId.groups', 'scim')(row)).toBe(true);
  expect(rowPattern('optiId.groups', 'database')(row)).toBe(false);
  expect(rowPattern('optiId.groups', 'scim')(row.replace('"Editors"', 'null'))).toBe(false);
});
