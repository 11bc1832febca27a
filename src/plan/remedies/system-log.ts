import type { Finding } from '../../domain/finding.ts';
import { evidenceOf } from '../evidence.ts';
import { KEY } from '../keys.ts';
import { decide, type Remedy } from '../planning.ts';

/** What only the System Log can confirm: the step is a look at it once what it waits for is done. */
function confirmation(subcommand: string, ifNot: string): Remedy {
  return (planning, findings) => {
    planning.drafts.add('verify', KEY.confirm(subcommand), findings, {
      action: 'Confirm it by the System Log',
      how: `Ask the System Log for each of them: optiid-audit confirm ${subcommand}. ${ifNot}`,
      after: planning.drafts.lastOf(planning.drafts.keys('assign', 'push')),
      verify:
        'The event is there with outcome SUCCESS; or the two sides agree, and the finding disappears when it is older than the window of the log.',
      proof: 'time',
    });
  };
}

const eventFailed: Remedy = (planning, findings) => {
  const concerns = (finding: Finding) => evidenceOf(finding, 'push-event-failed').concerns;
  const users = findings.filter((finding) => concerns(finding) === 'user');
  const groups = findings.filter((finding) => concerns(finding) === 'group');
  const others = findings.filter((finding) => !users.includes(finding) && !groups.includes(finding));
  if (users.length > 0) {
    planning.drafts.add('assign', 'push-event-failed user', users, {
      action: 'Resolve and retry what failed',
      noun: 'people',
      how: 'Resolve the cause that Okta names (the detail of each finding), then retry the task of each of them: Okta Admin Console › Dashboard › Tasks.',
      verify: 'System Log: a later event of the app with outcome SUCCESS for each of them.',
      proof: 'time',
    });
  }
  if (groups.length > 0) {
    planning.drafts.add('push', 'push-event-failed group', groups, {
      action: 'Resolve what failed and push the groups now',
      noun: 'groups',
      how: `Resolve the cause that Okta names (the detail of each finding), then SCIM app ${planning.app} › Push Groups: choose Push now for each of them.`,
      verify: 'System Log: a later group_push event with outcome SUCCESS for each of them.',
      proof: 'time',
    });
  }
  decide(planning, others, {
    noun: 'apps',
    action: 'Find out what a failed event was about',
    how: 'The event names neither a user nor a group: resolve the cause that Okta names, and look at the tasks and at Push Groups of the SCIM app for what waits. No later success closes it; it disappears when it is older than the window of the log.',
  });
};

/** Remedies for the nightly rules on the organization, the token and the System Log. */
export const SYSTEM_LOG_REMEDIES = {
  'jit-still-on': ({ drafts }, findings) => {
    drafts.addOnce('switch on SCIM', KEY.scimOn, findings, {
      action: 'Switch the organization from JIT to SCIM',
      how: 'Why is the organization still on just-in-time provisioning? Please put it on SCIM. Until then what Okta sends may not count, and a sign-in may make people and memberships that Okta does not know.',
      verify: "Store: the organization's provisioning_mode is scim.",
      proof: 'support',
      effects: [{ kind: 'set_provisioning_mode', mode: 'scim' }],
    });
  },
  'scim-credentials-rejected': (planning, findings) => {
    planning.drafts.add('fix Okta', KEY.token, findings, {
      action: 'Enter a new SCIM token',
      how: `An Opti ID admin makes a new SCIM token in the Admin Center, with an account that stays, and hands it over in a safe way. SCIM app ${planning.app} › Provisioning › Integration: enter it as received, choose Test API Credentials, save, and retry the failed tasks.`,
      verify:
        'Test API Credentials succeeds; the System Log has a later provisioning event of the app with outcome SUCCESS.',
      proof: 'time',
    });
  },
  'push-event-failed': eventFailed,
  'user-addition-unconfirmed': confirmation(
    'user-added',
    'Where it does not confirm: retry what failed on the Assignments tab, choose Provision User for people assigned before provisioning was on, and look for the person in the Admin Center.',
  ),
  'user-removal-unconfirmed': confirmation(
    'user-removed',
    'Where it does not confirm: if the person is still in the Admin Center, and nobody who is assigned and active uses the account, assign and unassign them again, with Deactivate Users on; if Okta cannot, ask Optimizely Support.',
  ),
  'group-push-unconfirmed': confirmation(
    'group-added',
    'Where it does not confirm: choose Push now for the group, and look for it with its members in the Admin Center.',
  ),
  'member-addition-unconfirmed': confirmation(
    'member-added',
    'Where it does not confirm: choose Push now for the group, and look for the person in it in the Admin Center.',
  ),
  'member-removal-unconfirmed': confirmation(
    'member-removed',
    'Where it does not confirm: choose Push now for the group, and see in the Admin Center that the person is out of it.',
  ),
} as const satisfies Readonly<Record<string, Remedy>>;
