import type { DatasetName } from './dataset.ts';
import type { Manifest, ManifestDataset } from './manifest.ts';

/** Lists that no real org and no real store has empty, with what is in all of them. */
const NEVER_EMPTY: { readonly [Name in DatasetName]?: string } = {
  'okta.apps': 'every org has apps, those of Okta itself among them',
  'okta.groups': "every org has Okta's own group Everyone",
  'optiId.organizations': 'the organization that is read is in it',
  'optiId.users': 'every organization has users',
  'optiId.groups': 'every organization has the group Everyone',
};

type Counted = Manifest['datasets'];
const hasRows = (datasets: Counted, name: DatasetName): boolean => datasets[name].rows > 0;

/** Lists that cannot be empty while others are not. */
const WHILE_OTHERS_HAVE_ROWS: readonly [DatasetName, (datasets: Counted) => boolean, string][] = [
  [
    'okta.users',
    (datasets) =>
      (['okta.appUsers', 'okta.ssoAppUsers', 'okta.groupMembers'] as const).some((name) =>
        hasRows(datasets, name),
      ),
    'apps and groups list people',
  ],
  [
    'optiId.groupInstanceRoles',
    (datasets) => hasRows(datasets, 'optiId.productInstances') && hasRows(datasets, 'optiId.roles'),
    'there are instances and roles that groups grant',
  ],
  [
    'optiId.productInstances',
    (datasets) => hasRows(datasets, 'optiId.groupInstanceRoles'),
    'groups grant roles on instances',
  ],
  ['optiId.roles', (datasets) => hasRows(datasets, 'optiId.groupInstanceRoles'), 'groups grant roles'],
];

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
  for (const [name, others, why] of WHILE_OTHERS_HAVE_ROWS) {
    if (isEmpty(name) && others(datasets)) yield [name, why];
  }
}

function isReadEmpty({ completeness, rows }: ManifestDataset): boolean {
  return completeness === 'complete' && rows === 0;
}
