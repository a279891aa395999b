/** Roles of users, as the API and the database have them. */
export const STANDARD_USER = 0
/** Admin of the whole server; admins of an organization are its members with `is_admin`. */
export const SYSTEM_ADMIN = 2
