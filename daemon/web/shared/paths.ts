/** Paths of resources in addresses: the same on the server and in the browser. */

/** A path as it stands in an address. */
export const escapePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')
