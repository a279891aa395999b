/** Paths of resources in addresses: the same on the server and in the browser. */

/** Escapes a path for an address. */
export const escapePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')
