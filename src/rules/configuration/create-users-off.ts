import { provisioningOption } from '../../domain/provisioning.ts';
import { defineConfigurationRule } from '../../domain/rule.ts';

const FIX = 'SCIM app › Provisioning › To App › Edit: enable Create Users, and save.';

export default defineConfigurationRule({
  id: 'create-users-off',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'app',
  who: 'Okta admin',
  title: 'Okta does not create users',
  why: 'Assigned people who are not in Opti ID yet would never arrive.',
  source: 'Article: Configure provisioning options.',
  needs: ['okta.scimApp', 'okta.appFeatures'],
  expected: 'on',
  fix: FIX,
  evidence: { shown_by: 'What in Okta says so' },
  judge: ({ scimApp: app, appFeatures }) => {
    if (app === null) return { outcome: 'skipped', actual: '', reason: 'no SCIM app is chosen' };
    const option = provisioningOption('create_users', app, appFeatures);
    if (option.state === 'not shown') return { outcome: 'skipped', actual: '', reason: option.reason };
    if (option.state === 'on') return { outcome: 'pass', actual: `on (${option.shownBy})` };
    return {
      outcome: 'fail',
      actual: 'off',
      subject: app.label,
      okta_id: app.okta_app_id,
      opti_id: null,
      detail: `Create Users is off in the SCIM app ${app.label}: ${option.shownBy}.`,
      fix: FIX,
      evidence: { shown_by: option.shownBy },
    };
  },
});
