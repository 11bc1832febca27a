import { provisioningOption } from '../../domain/provisioning.ts';
import { defineConfigurationRule } from '../../domain/rule.ts';

const FIX = 'SCIM app › Provisioning › To App › Edit: enable Deactivate Users, and save.';

export default defineConfigurationRule({
  id: 'deactivate-users-off',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'app',
  who: 'Okta admin',
  title: 'Okta does not deactivate users',
  why: 'People who leave would keep their access to every product.',
  source: 'Article: Configure provisioning options.',
  needs: ['okta.scimApp', 'okta.appFeatures'],
  expected: 'on',
  fix: FIX,
  evidence: { shown_by: 'What in Okta says so' },
  judge: ({ scimApp: app, appFeatures }) => {
    if (app === null) return { outcome: 'skipped', actual: '', reason: 'no SCIM app is chosen' };
    const option = provisioningOption('deactivate_users', app, appFeatures);
    if (option.state === 'not shown') return { outcome: 'skipped', actual: '', reason: option.reason };
    if (option.state === 'on') return { outcome: 'pass', actual: `on (${option.shownBy})` };
    return {
      outcome: 'fail',
      actual: 'off',
      subject: app.label,
      okta_id: app.okta_app_id,
      opti_id: null,
      detail: `Deactivate Users is off in the SCIM app ${app.label}: ${option.shownBy}.`,
      fix: FIX,
      evidence: { shown_by: option.shownBy },
    };
  },
});
