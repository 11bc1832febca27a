import { OPTI_ID_SCIM_BASE_URL } from '../../domain/provisioning.ts';
import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'scim-base-url-unexpected',
  when: ['precutover', 'drift'],
  severity: 'error',
  who: 'Okta admin',
  title: 'The SCIM base URL is not that of Opti ID',
  cause: 'the SCIM base URL is not that of Opti ID',
  why: 'Users and groups would be sent somewhere else.',
  source: 'Article: Add a SCIM app in Okta, step 11.',
  reads: ['provisioningConnection'],
  expected: OPTI_ID_SCIM_BASE_URL,
  fix: `SCIM app › Provisioning › Integration: set the base URL to ${OPTI_ID_SCIM_BASE_URL}, test the credentials and save.`,
  evidence: { base_url: 'Base URL of the default provisioning connection' },
  judge: (app, { provisioningConnection }) => {
    const baseUrl = provisioningConnection?.base_url ?? null;
    if (baseUrl === null) {
      return {
        outcome: 'skipped',
        actual: '',
        reason: 'Okta does not show the base URL of this app; look at Provisioning › Integration',
      };
    }
    if (baseUrl.trim().replace(/\/+$/u, '') === OPTI_ID_SCIM_BASE_URL) {
      return { outcome: 'pass', actual: baseUrl };
    }
    return {
      outcome: 'fail',
      actual: baseUrl,
      detail: `The SCIM app ${app.label} sends to ${baseUrl}.`,
      evidence: { base_url: baseUrl },
    };
  },
});
