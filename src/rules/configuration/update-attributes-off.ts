import { provisioningOption } from '../../domain/provisioning.ts';
import { defineConfigurationRule } from '../../domain/rule.ts';

const FIX = 'SCIM app › Provisioning › To App › Edit: enable Update User Attributes, and save.';

export default defineConfigurationRule({
  id: 'update-attributes-off',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'app',
  who: 'Okta admin',
  title: 'Okta does not update user attributes',
  why: 'Changed names and e-mails would stay in Okta, and Opti ID would keep the old ones.',
  source: 'Article: Configure provisioning options.',
  needs: ['okta.scimApp', 'okta.appFeatures'],
  expected: 'on',
  fix: FIX,
  evidence: { shown_by: 'What in Okta says so' },
  judge: ({ scimApp: app, appFeatures }) => {
    if (app === null) return { outcome: 'skipped', actual: '', reason: 'no SCIM app is chosen' };
    const option = provisioningOption('update_attributes', app, appFeatures);
    if (option.state === 'not shown') return { outcome: 'skipped', actual: '', reason: option.reason };
    if (option.state === 'on') return { outcome: 'pass', actual: `on (${option.shownBy})` };
    return {
      outcome: 'fail',
      actual: 'off',
      subject: app.label,
      okta_id: app.okta_app_id,
      opti_id: null,
      detail: `Update User Attributes is off in the SCIM app ${app.label}: ${option.shownBy}.`,
      fix: FIX,
      evidence: { shown_by: option.shownBy },
    };
  },
});
