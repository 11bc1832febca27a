import type { DatasetName } from './dataset.ts';
import type { Manifest, ManifestDataset } from './manifest.ts';

/** Lists that no real org and no real store has empty, with what is in all of them. */
const NEVER_EMPTY: { readonly [Name in DatasetName]?: string } = {
  'okta.apps': 'every org has apps, those of Okta itself among them',
  'okta.groups': "every org has Okta's own group Everyone",
  'optiId.organizations': 'the organization that is read is in it',
  'optiId.users': 'every organization has users',
  'optiId.groups': 'every organization has the group Everyone',
  'optiId.groupMembers': 'every user is in the group Everyone',
  'optiId.productInstances': 'the Admin Center is one',
  'optiId.roles': 'those of the Admin Center are among them',
  'optiId.groupInstanceRoles': 'somebody is Super Admin through a group',
};

/**
 * The manifest as it may be concluded from: a list that answered with nothing where there is always something was not
 * read, whatever the answer looked like. Somebody hid its rows: an admin role, a row policy, a proxy.
 */
export function asEvidence(manifest: Manifest): Manifest {
  const doubts = [...impossiblyEmpty(manifest)];
  if (doubts.length === 0) return manifest;
  const datasets = { ...manifest.datasets };
  for (const [name, why] of doubts) {
    const reason = `the list is empty, and ${why}: something hides its rows`;
    datasets[name] = { ...datasets[name], completeness: 'partial', reason };
  }
  return { ...manifest, datasets };
}

function* impossiblyEmpty({ datasets }: Manifest): Generator<[DatasetName, string]> {
  const isEmpty = (name: DatasetName): boolean => isReadEmpty(datasets[name]);
  for (const [name, why] of Object.entries(NEVER_EMPTY) as [DatasetName, string][]) {
    if (isEmpty(name)) yield [name, why];
  }
  const listsPeople = (['okta.appUsers', 'okta.ssoAppUsers', 'okta.groupMembers'] as const).some(
    (name) => datasets[name].rows > 0,
  );
  if (isEmpty('okta.users') && listsPeople) yield ['okta.users', 'apps and groups list people'];
}

function isReadEmpty({ completeness, rows }: ManifestDataset): boolean {
  return completeness === 'complete' && rows === 0;
}
