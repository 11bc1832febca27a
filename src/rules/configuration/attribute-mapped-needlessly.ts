import { mappedAttributes, SYNCED_ATTRIBUTES } from '../../domain/profile-mapping.ts';
import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'attribute-mapped-needlessly',
  when: ['precutover', 'drift'],
  severity: 'warning',
  who: 'Okta admin',
  title: 'Attributes are mapped that Opti ID does not keep',
  why: 'Opti ID keeps the user name and the two names. Any other mapped attribute is personal data sent without need, at creation even when updates are off.',
  source: 'Article: Customize user provisioning attribute mappings.',
  reads: ['profileMappings'],
  expected: 'userName, givenName, familyName only',
  fix: 'SCIM app › Provisioning › To App › Attribute Mappings: unmap every attribute but userName, givenName and familyName, then delete them in the Profile Editor.',
  evidence: { attributes: 'Attributes mapped beyond those three' },
  judge: (app, { profileMappings }) => {
    const needless = [
      ...new Set(
        profileMappings.flatMap((mapping) => mappedAttributes(mapping).map(({ attribute }) => attribute)),
      ),
    ]
      .filter((attribute) => !SYNCED_ATTRIBUTES.includes(attribute))
      .sort();
    if (needless.length === 0) return { outcome: 'pass', actual: 'none beyond those' };
    return {
      outcome: 'fail',
      actual: needless.join('; '),
      detail: `The SCIM app ${app.label} maps ${needless.join(', ')}, which Opti ID does not keep.`,
      evidence: { attributes: needless },
    };
  },
});
