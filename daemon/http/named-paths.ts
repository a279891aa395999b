/** Parameters that name several resources: `path`, which may be repeated, and `paths`. */
import { invalid } from '../../src/base/fault.ts'
import { parseJson } from '../../src/base/json.ts'
import { quote } from '../../src/base/path.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { pathOf, type Resource } from '../../src/tree/tree.ts'
import { splitUrl } from '../requests/body.ts'
import { anything, text, type Parameter } from './parameters.ts'
import type { ApiRequest } from './route.ts'

/** @param what is named, and how many at most */
export const pathsParameters = (what: string): { path: Parameter<string | undefined>; paths: Parameter<unknown> } => ({
  path: text(`Absolute path, as in paths; may be repeated.`, { max: 10_000 }),
  paths: anything(`Absolute paths of ${what}: a JSON list, or text with commas between.`, {
    schema: { type: 'array', items: { type: 'string' } },
  }),
})

type NamingRequest = Pick<ApiRequest, 'ctx' | 'actor' | 'incoming'> & {
  readonly parameters: { readonly path: string | undefined; readonly paths: unknown }
}

/** What is named, in that order. @throws Fault invalid when nothing is, more than `most`, or something twice; not_found */
export function findNamed({ ctx, actor, parameters, incoming }: NamingRequest, most: number): Resource[] {
  const inQuery = new URLSearchParams(splitUrl(incoming).query).getAll('path')
  const single = parameters.path ? (inQuery.includes(parameters.path) ? inQuery : [...inQuery, parameters.path]) : []
  const paths = [...single, ...parsePaths(parameters.paths)]
  if (paths.length === 0) throw invalid('path is missing: the absolute path of a sequence; repeat it for more, or give paths.')
  if (paths.length > most) throw invalid(`${paths.length} sequences were asked for; at most ${most} are given at once.`)
  const named = paths.map((path) => requireResource(ctx, actor, path))
  const known = new Set<Resource>()
  for (const resource of named) {
    if (known.has(resource)) throw invalid(`path ${pathOf(resource)} is there twice.`)
    known.add(resource)
  }
  return named
}

function parsePaths(given: unknown): string[] {
  if (given === undefined || given === '') return []
  const list =
    typeof given === 'string' ? (given.startsWith('[') ? parseJson(given, 'paths') : given.split(',').map((path) => path.trim())) : given
  if (!Array.isArray(list)) throw invalid('paths must be a JSON list of absolute paths, or paths with commas between.')
  return list.map((path: unknown) => {
    if (typeof path !== 'string') throw invalid(`paths must hold absolute paths, found ${quote(JSON.stringify(path))}.`)
    return path
  })
}
