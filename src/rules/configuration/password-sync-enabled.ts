import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'password-sync-enabled',
  when: ['precutover', 'drift'],
  severity: 'error',
  who: 'Okta admin',
  title: 'Okta sends passwords to Opti ID',
  cause: 'Okta sends passwords to Opti ID',
  why: 'Opti ID does not support synchronizing passwords, and a password should not be sent where it is not needed.',
  source: 'Article: Limitations and usage tips.',
  reads: ['appFeatures'],
  expected: 'off',
  fix: 'SCIM app › Provisioning › To App › Edit: switch Sync Password off, and save.',
  evidence: { shown_by: 'What in Okta says so' },
  judge: (app, { appFeatures }) => {
    const capability =
      appFeatures?.find((feature) => feature.name === 'USER_PROVISIONING')?.sync_password ?? null;
    const shownBy = app.features.includes('PUSH_PASSWORD_UPDATES')
      ? 'features[] has PUSH_PASSWORD_UPDATES'
      : capability === 'ENABLED'
        ? 'USER_PROVISIONING says ENABLED'
        : null;
    if (shownBy === null) {
      if (app.features.length === 0 && capability === null) {
        return {
          outcome: 'skipped',
          actual: '',
          reason: 'Okta shows no features for this app; look at Provisioning › To App',
        };
      }
      return { outcome: 'pass', actual: 'off' };
    }
    return {
      outcome: 'fail',
      actual: `on (${shownBy})`,
      detail: `Sync Password is on in the SCIM app ${app.label}: ${shownBy}.`,
      evidence: { shown_by: shownBy },
    };
  },
});
