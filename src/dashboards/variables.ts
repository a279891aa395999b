/** Variables: the folders that a reader can choose from, and the one that is chosen. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { isFolder, pathOf, type Resource } from '../tree/tree.ts'
import type { Dashboard } from './dashboard-file.ts'
import { Paths } from './places.ts'

/** Folders that are offered. */
const MAX_CHOICES = 500

export interface Choice {
  readonly name: string
  readonly label: string
  readonly folders: readonly Resource[]
  /** undefined: there is none that the reader may read. */
  readonly chosen: Resource | undefined
}

/** The folder's path below the dashboard's own, or the whole one. */
export const choiceName = (folder: Resource, choices: readonly Resource[]): string =>
  choices.filter(({ name }) => name === folder.name).length === 1 ? folder.name : pathOf(folder)

/**
 * @param folder the dashboard's own
 * @param wanted as the address says it: the name of a folder, or its path
 */
export function readChoices(
  ctx: Context,
  actor: Actor,
  folder: string,
  { variables }: Pick<Dashboard, 'variables'>,
  wanted: Readonly<Record<string, string | undefined>>,
): Choice[] {
  const paths = new Paths(ctx, actor, folder, new Map())
  return variables.map(({ name, label, folders: pattern, start }) => {
    const folders = paths.match(pattern, isFolder).slice(0, MAX_CHOICES)
    const find = (text: string | undefined): Resource | undefined =>
      text === undefined ? undefined : folders.find((one) => pathOf(one) === text || choiceName(one, folders) === text)
    const first = start === undefined ? undefined : paths.absolute(start)
    return { name, label, folders, chosen: find(wanted[name]) ?? find(first) ?? folders[0] }
  })
}

/** What `$name` stands for in paths. */
export const chosenPaths = (choices: readonly Choice[]): Map<string, string> =>
  new Map(choices.flatMap(({ name, chosen }) => (chosen ? [[name, pathOf(chosen)]] : [])))

/** What `$name` stands for in titles and texts. */
export const chosenNames = (choices: readonly Choice[]): Map<string, string> =>
  new Map(choices.map(({ name, chosen }) => [name, chosen?.name ?? '–']))
