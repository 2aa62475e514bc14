/** What a signed-in person may be: app roles of these names, given in Microsoft Entra; one person may have several. */
export const ROLES = ['observer', 'operator', 'approver', 'starter'] as const;

/** See {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** Whether this is the name of a role. */
export const isRole = (name: string): name is Role => (ROLES as readonly string[]).includes(name);

/** Whether somebody with these roles may do what takes the role `needed`: whoever has any may look. */
export const mayAct = (roles: readonly Role[], needed: Role): boolean =>
  needed === 'observer' ? roles.length > 0 : roles.includes(needed);
