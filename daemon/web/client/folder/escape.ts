/** A path as it stands in an address. */
export { escapePath } from '../../shared/paths.ts'
