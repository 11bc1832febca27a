import { provisioningFeatures } from '../../domain/provisioning.ts';
import { defineConfigurationRule } from '../../domain/rule.ts';

export default defineConfigurationRule({
  id: 'sso-and-scim-in-one-app',
  when: ['precutover', 'drift'],
  severity: 'warning',
  subject: 'app',
  who: 'Okta admin',
  title: 'One app signs users in and provisions them',
  why: 'With one app, unassigning somebody from provisioning also locks them out, and the other way round.',
  source: 'Article: Prerequisites (best practice).',
  reads: ['scimApp', 'ssoApp'],
  judgesWithout: ['okta.scimApp'],
  expected: 'an SSO app that does not provision',
  fix: 'Keep two apps: one that signs users in (SAML or OIDC) and one that provisions (SCIM). Switch provisioning off in the app that signs users in.',
  evidence: { reason: 'What makes them one', features: "The SSO app's provisioning features" },
  judge: ({ scimApp, ssoApp }) => {
    if (ssoApp === null) return { outcome: 'skipped', actual: '', reason: 'AUDIT_SSO_APP is not set' };
    const features = provisioningFeatures(ssoApp.features);
    const isSame = scimApp !== null && scimApp.okta_app_id === ssoApp.okta_app_id;
    if (!isSame && features.length === 0) return { outcome: 'pass', actual: 'two apps' };
    const reason = isSame
      ? 'the SCIM app is also the SSO app'
      : `the SSO app has provisioning on (${features.join(', ')})`;
    return {
      outcome: 'fail',
      actual: reason,
      subject: ssoApp.label,
      okta_id: ssoApp.okta_app_id,
      opti_id: null,
      detail: `${ssoApp.label} signs users in and provisions them: ${reason}.`,
      evidence: { reason, features },
    };
  },
});
