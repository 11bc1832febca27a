import { mappedAttributes } from '../../domain/profile-mapping.ts';
import { defineConfigurationRule } from '../../domain/rule.ts';

const FIX =
  'SCIM app › Provisioning › To App › Attribute Mappings: map givenName and familyName, applied on Create and update. userName comes from Sign On › Application username format.';

export default defineConfigurationRule({
  id: 'attribute-unmapped',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'app',
  who: 'Okta admin',
  title: 'A name that Opti ID needs is not mapped',
  why: 'Without the names Opti ID shows nameless users or refuses them; sent at creation only, a changed name never arrives.',
  source: 'Article: Customize user provisioning attribute mappings.',
  reads: ['scimApp', 'profileMappings'],
  expected: 'userName, givenName and familyName, on create and update',
  fix: FIX,
  evidence: { attributes: 'Attributes that are not sent, and why' },
  judge: ({ scimApp: app, profileMappings }) => {
    if (app === null) return { outcome: 'skipped', actual: '', reason: 'no SCIM app is chosen' };
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
      subject: app.label,
      okta_id: app.okta_app_id,
      opti_id: null,
      detail: `In the SCIM app ${app.label}, ${missing.join(', ')}.`,
      fix: FIX,
      evidence: { attributes: missing },
    };
  },
});
