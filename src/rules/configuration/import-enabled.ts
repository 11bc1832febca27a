import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'import-enabled',
  when: ['precutover', 'drift'],
  severity: 'warning',
  who: 'Okta admin',
  title: 'Importing from Opti ID is switched on',
  why: 'Opti ID does not support importing users and groups: an import brings stale people back into Okta.',
  source: 'Article: Limitations and usage tips; Options to avoid.',
  reads: ['appFeatures', 'importEvents'],
  expected: 'no import schedule, no profile sourcing, no import run',
  fix: 'SCIM app › Provisioning › To Okta: set the import schedule to Never and switch profile sourcing off; do not run Import Now.',
  evidence: {
    signs: 'What shows that importing is on',
    last_import: 'Event id of the last import in the System Log',
  },
  judge: (app, { appFeatures, importEvents }) => {
    const inbound = appFeatures?.find((feature) => feature.name === 'INBOUND_PROVISIONING');
    const imports = importEvents
      .filter((event) =>
        event.targets.some(({ id, type }) => id === app.okta_app_id && type === 'AppInstance'),
      )
      .sort((a, b) => (a.published < b.published ? -1 : a.published > b.published ? 1 : 0));
    const last = imports.at(-1);
    const signs = [
      ...(inbound?.import_schedule === 'ENABLED' ? ['an import schedule is enabled'] : []),
      ...(app.features.includes('PROFILE_MASTERING') ? ['profile sourcing is on'] : []),
      ...(last ? [`an import ran at ${last.published}`] : []),
    ];
    if (signs.length === 0) {
      const canImport = app.features.some((feature) => feature.startsWith('IMPORT_'));
      return {
        outcome: 'pass',
        actual: canImport ? 'off; the app could import (IMPORT_*), which does not prove that it does' : 'off',
      };
    }
    return {
      outcome: 'fail',
      actual: signs.join('; '),
      detail: `The SCIM app ${app.label} imports from Opti ID: ${signs.join(', ')}.`,
      evidence: { signs, last_import: last?.event_id ?? null },
    };
  },
});
