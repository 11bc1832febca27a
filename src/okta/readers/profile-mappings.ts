import type { ProfileMappingRow } from '../../domain/dataset.ts';
import { type Reading, readOne, readPages } from '../reading.ts';

/** The mappings from Okta to the app, one per Okta user type. The listing has no properties. */
export async function readProfileMappings(reading: Reading<ProfileMappingRow>, appId: string): Promise<void> {
  const ids = new Set<string>();
  for await (const page of readPages(reading, 'profile-mappings', {}, { query: { targetId: appId } })) {
    // A server may ignore the filter.
    for (const mapping of page) if (mapping.target.id === appId) ids.add(mapping.id);
  }
  for (const mapping of ids) await reading.write(await readOne(reading, 'profile-mapping', { mapping }));
}
