import { SCIM_APP_NAME } from '../../domain/okta.ts';
import { defineConfigurationRule } from '../../domain/rule.ts';

export default defineConfigurationRule({
  id: 'scim-app-missing',
  when: ['precutover', 'drift'],
  severity: 'blocker',
  subject: 'app',
  who: 'Okta admin',
  title: 'There is no SCIM app',
  cause: 'there is no SCIM app',
  why: 'Okta provisions users and groups to Opti ID through an app integration of its own. Without it there is nothing to switch on.',
  source: 'Article: Add a SCIM app in Okta.',
  reads: ['scimAppChoice', 'scimAppSetting', 'apps'],
  expected: `one active app named ${SCIM_APP_NAME}, or the app that AUDIT_SCIM_APP names`,
  fix: 'Okta Admin Console › Applications › Browse App Catalog: add SCIM 2.0 Test App (Header Auth). If the app exists under another catalogue name, set AUDIT_SCIM_APP to its id or exact label.',
  evidence: { inactive_apps: 'Labels of inactive apps of the catalogue name' },
  judge: ({ scimAppChoice: choice, scimAppSetting, apps }) => {
    if (choice.kind === 'chosen') return { outcome: 'pass', actual: choice.app.label };
    if (choice.kind === 'ambiguous')
      return { outcome: 'pass', actual: `${choice.candidates.length} candidates` };
    const inactive = apps
      .filter((app) => app.name === SCIM_APP_NAME && app.status !== 'ACTIVE')
      .map((app) => app.label)
      .sort();
    return {
      outcome: 'fail',
      actual: 'none',
      subject: choice.wanted,
      okta_id: null,
      opti_id: null,
      detail:
        scimAppSetting === null
          ? `No active app named ${SCIM_APP_NAME} exists in this Okta org, and AUDIT_SCIM_APP names none.`
          : `AUDIT_SCIM_APP names "${choice.wanted}", and no app of this Okta org has that id or label.`,
      ...(scimAppSetting !== null && {
        fix: 'Set AUDIT_SCIM_APP to the id or the exact label of the SCIM app (case matters), or unset it to find the app by its catalogue name.',
      }),
      evidence: { inactive_apps: inactive },
    };
  },
});
