import { mappedAttributes } from '../../domain/profile-mapping.ts';
import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'attribute-unmapped',
  when: ['precutover', 'drift'],
  severity: 'error',
  who: 'Okta admin',
  title: 'A name that Opti ID needs is not mapped',
  cause: 'a name that Opti ID needs is not mapped',
  why: 'Without the names Opti ID shows nameless users or refuses them; sent at creation only, a changed name never arrives.',
  source: 'Article: Customize user provisioning attribute mappings.',
  reads: ['profileMappings'],
  expected: 'userName, givenName and familyName, on create and update',
  fix: 'SCIM app › Provisioning › To App › Attribute Mappings: map givenName and familyName, applied on Create and update. userName comes from Sign On › Application username format.',
  evidence: { attributes: 'Attributes that are not sent, and why' },
  judge: (app, { profileMappings }) => {
    const missing = ['givenName', 'familyName'].flatMap((attribute) => {
      // One mapping per Okta user type: each must send both names.
      const sent = profileMappings.map((mapping) =>
        mappedAttributes(mapping).find((property) => property.attribute === attribute),
      );
      if (sent.length === 0 || sent.some((property) => property === undefined)) {
        return [`${attribute} is not mapped`];
      }
      return sent.some((property) => property?.push_status === 'DONT_PUSH')
        ? [`${attribute} is sent at creation only`]
        : [];
    });
    if (app.username_template === null) missing.push('userName has no template');
    if (missing.length === 0) return { outcome: 'pass', actual: 'all three' };
    return {
      outcome: 'fail',
      actual: missing.join('; '),
      detail: `In the SCIM app ${app.label}, ${missing.join(', ')}.`,
      evidence: { attributes: missing },
    };
  },
});
