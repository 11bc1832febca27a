import type { ProfileMappingRow } from './dataset.ts';

/** The attributes that Opti ID keeps (article: Customize user provisioning attribute mappings). */
export const SYNCED_ATTRIBUTES: readonly string[] = ['userName', 'givenName', 'familyName'];

/** The attributes of a mapping that are mapped: one with an empty expression is not. */
export function mappedAttributes(mapping: ProfileMappingRow): ProfileMappingRow['properties'] {
  return mapping.properties.filter(({ expression }) => expression !== null && expression.trim() !== '');
}
