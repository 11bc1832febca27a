import { describe, expect, test } from 'vitest';
import type { DatasetName } from '../../src/domain/dataset.ts';
import { asEvidence } from '../../src/domain/evidence.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import { notRead, sampleManifest } from '../report/sample-run.ts';

function withRows(rows: Partial<Record<DatasetName, number>>): Manifest {
  const { datasets } = sampleManifest();
  return sampleManifest(
    Object.fromEntries(
      Object.entries(rows).map(([name, count]) => [name, { ...datasets[name as DatasetName], rows: count }]),
    ),
  );
}

const doubted = (manifest: Manifest): string[] =>
  Object.entries(asEvidence(manifest).datasets)
    .filter(([, { completeness }]) => completeness === 'partial')
    .map(([name]) => name);

describe('a list that is never empty', () => {
  test.each<DatasetName>([
    'okta.apps',
    'okta.groups',
    'optiId.organizations',
    'optiId.users',
    'optiId.groups',
  ])('%s, does not count as read where it answered with nothing', (name) => {
    expect(doubted(withRows({ [name]: 0 }))).toEqual([name]);
    expect(asEvidence(withRows({ [name]: 0 })).datasets[name].reason).toMatch(/^the list is empty, and /u);
    expect(doubted(withRows({ [name]: 1 }))).toEqual([]);
  });

  test('keeps its own reason where it was not read, or there was nothing to read', () => {
    for (const completeness of ['unread', 'not_applicable', 'partial'] as const) {
      const manifest = sampleManifest(notRead('okta.groups', completeness, 'HTTP 403'));
      expect(asEvidence(manifest)).toEqual(manifest);
    }
  });
});

test('nobody is shown where apps or groups list people: then people are hidden', () => {
  const nobody = { 'okta.users': 0, 'okta.appUsers': 0, 'okta.ssoAppUsers': 0, 'okta.groupMembers': 0 };
  expect(doubted(withRows(nobody))).toEqual([]);
  for (const name of ['okta.appUsers', 'okta.ssoAppUsers', 'okta.groupMembers']) {
    expect(doubted(withRows({ ...nobody, [name]: 3 }))).toEqual(['okta.users']);
  }
});

test('groups grant what nobody shows, or nothing though there is something to grant: then rows are hidden', () => {
  const none = { 'optiId.productInstances': 0, 'optiId.roles': 0, 'optiId.groupInstanceRoles': 0 };
  expect(doubted(withRows(none))).toEqual([]);
  for (const name of Object.keys(none) as (keyof typeof none)[]) {
    expect(doubted(withRows({ [name]: 0 }))).toEqual([name]);
  }
});
