import type { SandboxWorld } from '../../../src/sandbox/model.ts';
import { sampleWorld } from '../../../src/sandbox/sample-world.ts';

/** Names that would end an element, run a script, fetch something or turn the text around. */
export const HOSTILE_GROUP = `Opti </script><script>window.pwned = 1</script><img src="https://evil.example/x" onerror="window.pwned = 2">`;
export const HOSTILE_INSTANCE = `"><svg onload=window.pwned=3>\u202egpj.exe`;
export const HOSTILE_PERSON = `<iframe src="javascript:window.pwned=4"></iframe>`;
export const HOSTILE_ORGANIZATION = `</title><script>window.pwned = 5</script>{{7*7}} & 'friends'`;

/** The sample company with names that somebody chose to do harm. */
export function hostileWorld(now: Date): SandboxWorld {
  const world = sampleWorld(now);
  const { okta, store } = world;
  const [organization] = store.organizations;
  if (organization) organization.name = HOSTILE_ORGANIZATION;
  for (const group of okta.groups) {
    if (group.profile.name === 'Opti CMS Editors') group.profile.name = HOSTILE_GROUP;
  }
  for (const group of store.groups) if (group.name === 'Opti CMS Editors') group.name = HOSTILE_GROUP;
  for (const instance of store.product_instances) {
    if (instance.product === 'CMS') instance.nickname = HOSTILE_INSTANCE;
  }
  for (const user of okta.users) user.profile.lastName = HOSTILE_PERSON;
  for (const user of store.users) user.last_name = HOSTILE_PERSON;
  return world;
}
