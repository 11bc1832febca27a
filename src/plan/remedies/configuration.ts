import type { Finding } from '../../domain/finding.ts';
import type { Effect, StepProof } from '../../domain/plan.ts';
import { CONNECTION_EFFECT } from '../cutover.ts';
import { evidenceOf } from '../evidence.ts';
import { KEY } from '../keys.ts';
import { decide, type Remedy, SCIM_APP_LABEL, split, undecided } from '../planning.ts';

/** Domains of public mail services, which no SSO connection may list (Opti ID: Set up organizational domains). */
const PUBLIC_MAIL = /^(?:facebook|gmail|icloud|me|yahoo|hotmail|linkedin)\.com$/u;

/** A step that changes one setting of the SCIM app. */
function setting(step: {
  action: string;
  verify: string;
  effects: (finding: Finding) => Effect[];
  /** What *To App* offers can be edited only once the API integration is on. */
  isInToApp?: true;
  proof?: (finding: Finding) => StepProof;
}): Remedy {
  return ({ drafts, findingsOf, job }, findings) => {
    const waits =
      step.isInToApp && job === 'precutover' && findingsOf('provisioning-connection-off').length > 0;
    for (const finding of findings) {
      drafts.add(waits ? 'switch on SCIM' : 'fix Okta', keyOf(finding), [finding], {
        action: step.action,
        kind: 'Correct the settings in Okta',
        who: finding.who,
        how: finding.fix,
        after: waits ? [KEY.connect] : [],
        verify: step.verify,
        proof: step.proof?.(finding) ?? 'applied',
        effects: step.effects(finding),
      });
    }
  };
}

function keyOf({ rule, finding_id }: Finding): string {
  return `${rule} ${finding_id}`;
}

function option(
  action: string,
  option: Extract<Effect, { kind: 'set_app_option' }>['option'],
  on: boolean,
): Remedy {
  const verify = 'SCIM app › Provisioning › To App shows it so; the audit finds it in the app again.';
  return setting({
    action,
    verify,
    isInToApp: true,
    effects: () => [{ kind: 'set_app_option', option, on }],
  });
}

/** SCIM's API integration, switched on and pointed at Opti ID: one step for the two rules. */
const connect: Remedy = ({ drafts, job }, findings) => {
  const isCutover = job === 'precutover';
  drafts.addOnce(isCutover ? 'switch on SCIM' : 'fix Okta', KEY.connect, findings, {
    action: 'Switch the API integration on',
    who: 'Okta admin',
    how: `SCIM app › Provisioning › Integration › Configure API Integration: enable it, enter the base URL ${CONNECTION_EFFECT.base_url} and the token from Optimizely Support as received, test the credentials, and save.`,
    requires: isCutover ? 'Optimizely Support has given the token.' : '',
    verify: 'Test API Credentials succeeds; the provisioning connection is ENABLED.',
    effects: [CONNECTION_EFFECT],
  });
};

/** Remedies for the rules on the two apps and the organization. */
export const CONFIGURATION_REMEDIES = {
  'assignment-too-wide': undecided({
    phase: 'fix Okta',
    action: 'Assign only those who are to use Opti ID',
  }),
  'attribute-mapped-needlessly': setting({
    action: 'Unmap the attributes that Opti ID does not keep',
    verify: 'Attribute Mappings lists userName, givenName and familyName only.',
    effects: (finding) => [
      { kind: 'unmap_attributes', attributes: evidenceOf(finding, 'attribute-mapped-needlessly').attributes },
    ],
  }),
  'attribute-unmapped': setting({
    action: 'Map the two names',
    verify: 'Attribute Mappings maps givenName and familyName on create and update.',
    effects: () => [{ kind: 'map_names' }],
  }),
  'create-users-off': option('Enable Create Users', 'create_users', true),
  'deactivate-users-off': option('Enable Deactivate Users', 'deactivate_users', true),
  'domain-not-owned': (planning, findings) => {
    const { sso_connections } = planning.state;
    const flagged = sso_connections.filter(({ scim_enabled }) => scim_enabled);
    const connection =
      flagged.length === 1 ? flagged[0] : sso_connections.length === 1 ? sso_connections[0] : null;
    const [open, addable] = split(findings, ({ subject }) => !connection || PUBLIC_MAIL.test(subject));
    for (const finding of addable) {
      planning.drafts.add('protect', keyOf(finding), [finding], {
        action: 'Add the domain to the SSO connection',
        how: `Opti ID Admin Center › Settings › Authentication › SSO › ${connection?.name ?? 'the connection'}: add the domain. If it belongs to a partner or an agency, unassign its people instead.`,
        requires: 'The organization owns the domain: one of a partner must not be added.',
        verify: 'The connection lists the domain; somebody of it signs in.',
        effects: [
          {
            kind: 'add_domain',
            opti_connection_id: connection?.opti_connection_id ?? '',
            domain: finding.subject,
          },
        ],
      });
    }
    decide(planning, open, {
      action: 'Decide where people of these domains sign in',
      how: 'Add each domain to the SSO connection that owns it (Opti ID Admin Center › Settings › Authentication › SSO), or take its people out of the assignment. Domains of public mail services cannot be added.',
      noun: 'domains',
    });
  },
  'import-enabled': setting({
    action: 'Switch importing off',
    verify:
      'Provisioning › To Okta: no schedule, no profile sourcing; no new system.import event in the System Log.',
    effects: () => [{ kind: 'set_app_option', option: 'import', on: false }],
    // An import that ran stays in the log until the window has moved on.
    proof: (finding) => (evidenceOf(finding, 'import-enabled').last_import === null ? 'applied' : 'time'),
  }),
  'password-sync-enabled': option('Switch Sync Password off', 'sync_password', false),
  'provisioning-connection-off': connect,
  'scim-already-on': undecided({
    action: 'Find out why SCIM is on before the cutover',
    how: 'Run the drift audit instead, or check that OPTIID_ORGANIZATION names the right organization. Delete nothing before that is known.',
  }),
  'scim-app-ambiguous': undecided({
    action: 'Choose the SCIM app',
    how: 'Set AUDIT_SCIM_APP to the id of the app that provisions to Opti ID, and make the plan again: it says what the others manage. Deactivate none of them before that is known: deactivating an app unassigns its people, and an unassignment deletes them in Opti ID.',
  }),
  'scim-app-inactive': setting({
    action: 'Activate the SCIM app',
    verify: 'The app is ACTIVE. Deactivating it unassigned everybody: the audit says who is assigned now.',
    effects: () => [{ kind: 'set_scim_app', changes: { status: 'ACTIVE' } }],
  }),
  'scim-app-missing': (planning, findings) => {
    if (planning.state.scim_app_is_set) {
      decide(planning, findings, {
        action: 'Correct AUDIT_SCIM_APP',
        how: 'AUDIT_SCIM_APP does not name an app of this org. Set it to the id or the exact label of the SCIM app, or unset it, and make the plan again.',
      });
      return;
    }
    const [inactive, ...others] = planning.state.inactive_scim_apps;
    const app = others.length === 0 ? inactive : undefined;
    for (const finding of findings) {
      planning.drafts.add('fix Okta', keyOf(finding), app?.label ?? finding.subject, {
        action: app ? 'Activate the SCIM app' : 'Add the SCIM app',
        how: `${app ? `Okta Admin Console › Applications › ${app.label}: activate it.` : finding.fix} Then set it up as the article says: Sign On › Application username format Email; Provisioning › To App › Create Users, Update User Attributes, Deactivate Users; attributes userName, givenName and familyName only.`,
        verify: 'The audit finds one active app of the catalogue name.',
        effects: [
          { kind: 'add_scim_app', ...(app ?? { okta_app_id: 'predicted:scim-app', label: SCIM_APP_LABEL }) },
        ],
      });
      planning.drafts.resolve(keyOf(finding), [finding]);
    }
  },
  'scim-base-url-unexpected': connect,
  'scim-connection-unclear': undecided({
    action: 'Decide which SSO connection gets SCIM',
    how: 'Opti ID Admin Center › Settings › Authentication › SCIM: SCIM belongs to exactly one connection, the one whose users Okta will manage. Then audit again: who is in scope hangs on it.',
  }),
  'second-scim-app': undecided({ action: 'Choose the one app that is to manage the organization' }),
  'sso-and-scim-in-one-app': (planning, findings) => {
    const scimApp = planning.state.scim_app?.okta_app_id;
    const [inOneApp, inSsoApp] = split(findings, ({ okta_id }) => okta_id === scimApp);
    decide(planning, inOneApp, {
      action: 'Decide whether to separate sign-in and provisioning',
      how: 'Two apps are the best practice: keep this one for signing in and add one for SCIM, set AUDIT_SCIM_APP to it, and make the plan again; or live with one, and with people being locked out when they are unassigned.',
    });
    setting({
      action: 'Switch provisioning off in the SSO app',
      verify: 'The SSO app shows no provisioning feature.',
      effects: () => [{ kind: 'stop_sso_provisioning' }],
    })(planning, inSsoApp);
  },
  'update-attributes-off': option('Enable Update User Attributes', 'update_attributes', true),
  'username-format-not-email': setting({
    action: 'Make user names from the e-mail',
    verify: 'Sign On shows Email; the user name of each app user is the e-mail.',
    effects: () => [{ kind: 'set_scim_app', changes: { username_template: '${source.email}' } }],
  }),
  'username-updates-off': setting({
    action: 'Send changed user names',
    verify: 'Sign On shows Create and update.',
    effects: () => [{ kind: 'set_scim_app', changes: { username_push_status: 'PUSH' } }],
  }),
} as const satisfies Readonly<Record<string, Remedy>>;
