import type { ProfileMappingRow } from '../../domain/dataset.ts';
import { pathSegment, type Reading, readOne, readPages } from '../reading.ts';
import { listedProfileMappingSchema, profileMappingSchema } from '../schemas.ts';

function byAttribute(a: { attribute: string }, b: { attribute: string }): number {
  return a.attribute < b.attribute ? -1 : 1;
}

/** The mappings from Okta to the app, one per Okta user type. The listing has no properties. */
export async function readProfileMappings(reading: Reading<ProfileMappingRow>, appId: string): Promise<void> {
  const listing = { path: '/api/v1/mappings', query: { targetId: appId }, limit: 200 };
  const ids = new Set<string>();
  for await (const mappings of readPages(reading, listing, listedProfileMappingSchema)) {
    // A server may ignore the filter.
    for (const mapping of mappings) if (mapping.target.id === appId) ids.add(mapping.id);
  }
  for (const id of ids) {
    const mapping = await readOne(reading, `/api/v1/mappings/${pathSegment(id)}`, profileMappingSchema);
    await reading.write({
      okta_mapping_id: mapping.id,
      source_id: mapping.source.id,
      source_name: mapping.source.name,
      target_id: mapping.target.id,
      target_name: mapping.target.name,
      properties: Object.entries(mapping.properties)
        .map(([attribute, property]) => ({
          attribute: attribute.toWellFormed().replaceAll('\u0000', '\uFFFD'),
          // Okta unmaps an attribute by an expression that is null; an empty one gives nothing either.
          expression: property?.expression || null,
          push_status: property?.pushStatus ?? null,
        }))
        .sort(byAttribute),
    });
  }
}
