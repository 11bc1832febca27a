import { RULES } from '../rules/index.ts';

/** Keys of steps: what remedies name one another's steps by, before they have numbers. A step has a kind of key from here. */
export const KEY = {
  record: (optiGroupId: string) => `record ${optiGroupId}`,
  recordUser: (optiUserId: string) => `record user ${optiUserId}`,
  approve: (optiGroupId: string) => `approve ${optiGroupId}`,
  move: (optiGroupId: string) => `move collaborators ${optiGroupId}`,
  deleteGroup: (optiGroupId: string) => `delete ${optiGroupId}`,
  removeOrphan: (optiGroupId: string) => `remove orphan ${optiGroupId}`,
  deleteUser: (optiUserId: string) => `delete user ${optiUserId}`,
  settleName: (oktaGroupId: string) => `settle name ${oktaGroupId}`,
  renameStore: (optiGroupId: string) => `rename ${optiGroupId}`,
  pause: (oktaGroupId: string) => `pause ${oktaGroupId}`,
  askSupport: (oktaGroupId: string) => `ask Support ${oktaGroupId}`,
  recordLost: (oktaGroupId: string) => `record lost ${oktaGroupId}`,
  unlink: (oktaGroupId: string) => `unlink ${oktaGroupId}`,
  pushAgain: (oktaGroupId: string) => `push again ${oktaGroupId}`,
  strip: (optiGroupId: string) => `strip ${optiGroupId}`,
  push: (oktaGroupId: string) => `push ${oktaGroupId}`,
  giveBack: (oktaGroupId: string, optiGroupId: string) => `give back ${oktaGroupId} ${optiGroupId}`,
  stopAssigning: (oktaGroupId: string) => `stop assigning ${oktaGroupId}`,
  takeOut: (oktaGroupId: string, optiGroupId: string) => `take out ${oktaGroupId} ${optiGroupId}`,
  collaboratorsOut: (optiGroupId: string) => `collaborators out ${optiGroupId}`,
  keep: (findingId: string) => `keep ${findingId}`,
  confirm: (subcommand: string) => `confirm ${subcommand}`,
  /** What a person, Optimizely Support among them, is asked. */
  decide: (what: string) => `decide ${what}`,
  decision: (rule: string) => `decision ${rule}`,
  support: (rule: string) => `support ${rule}`,
  superAdmin: 'super admin',
  activate: 'activate',
  freeze: 'freeze',
  scimOn: 'scim on',
  connect: 'connect',
  token: 'token',
  assign: 'assign',
  provision: 'provision',
  stripLeavers: 'strip leavers',
  leaveByUnassigning: 'leave unassign',
  leaveAgain: 'leave again',
  leaveBySupport: 'leave support',
  directRoles: 'direct roles',
  audit: 'verify audit',
  access: 'verify access',
  endOfBridges: 'end of bridges',
} as const;

const RULE_IDS: ReadonlySet<string> = new Set(RULES.map(({ id }) => id));

/** Each kind as a pattern: ids stand where it has them. */
const KINDS = Object.values(KEY).map((kind) => {
  const shown = typeof kind === 'string' ? kind : kind('*', '*');
  return new RegExp(`^${shown.replaceAll('*', '.*')}$`, 'su');
});

/** A key that nothing can ever have is a mistake: whatever waits for it would wait for nothing. Throws. */
export function requireKindOfStep(key: string): void {
  const [first = ''] = key.split(' ');
  // The step of a rule, or of one of its findings, has no other name.
  if (RULE_IDS.has(first) || KINDS.some((kind) => kind.test(key))) return;
  throw new Error(`No step of a plan is ever called ${key}.`);
}
