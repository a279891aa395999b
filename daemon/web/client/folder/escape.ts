/** A path as it stands in an address. */
export const escapePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')
