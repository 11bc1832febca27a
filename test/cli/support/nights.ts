import { World } from '../../support/world.ts';

const NIGHT_MS = 86_400_000;

/** A well-kept organization some nights after its cutover. */
class Night extends World {
  constructor(night: number) {
    super();
    this.began = new Date(this.began.getTime() + night * NIGHT_MS);
    this.organization({ provisioning_mode: 'scim' });
    const keys = this.optiUser({ opti_user_id: 'keys', email: 'keys@example.com', local_login: true });
    this.grant(this.optiGroup('Keys', [keys]), 'Admin Center', 'Admin Center', 'Super Admin');
    for (const name of ['Sales', 'Marketing']) {
      const person = this.person(
        { okta_user_id: `00u${name}` },
        { external_id: `store-${name}`, status: 'PROVISIONED', sync_state: 'SYNCHRONIZED' },
      );
      const store = this.optiUser({
        opti_user_id: `store-${name}`,
        email: `00u${name}@example.com`,
        external_id: person,
      });
      this.mapping(this.oktaGroup(name, [person], { okta_group_id: `00g${name}` }), {
        okta_mapping_id: `gPm${name}`,
      });
      const group = this.optiGroup(name, [store], { opti_group_id: `group-${name}`, group_type: 'internal' });
      this.grant(group, 'CMS', 'web', 'Editor');
    }
  }

  /** A group that was left in the target app. */
  orphan(name: string): void {
    this.optiGroup(name, [], { opti_group_id: `orphan-${name}`, group_type: 'internal' });
  }
}

/** The night of that number, with these troubles. */
export function night(number: number, ...troubles: ((world: Night) => void)[]): Night {
  const world = new Night(number);
  for (const trouble of troubles) trouble(world);
  return world;
}

export const pilot = (world: Night) => world.orphan('Pilot');
export const test2 = (world: Night) => world.orphan('Test');
