/** What can be asked of the thread that reads YAML. */
import { contentOfYaml, lineOfYaml, type YamlPath } from './lined-yaml.ts'
import { changeItems, type ItemsChange } from './yaml-items.ts'

export type YamlWork =
  | { readonly kind: 'content'; readonly text: string }
  | { readonly kind: 'line'; readonly text: string; readonly path: YamlPath }
  | { readonly kind: 'items'; readonly text: string; readonly change: ItemsChange }

export interface YamlTask {
  readonly id: number
  readonly work: YamlWork
}

/** `problem`: what is wrong with the text, with its line. */
export interface YamlDone {
  readonly id: number
  readonly result?: unknown
  readonly problem?: string
}

/** @throws Fault invalid */
export async function workOnYaml(work: YamlWork): Promise<unknown> {
  if (work.kind === 'content') return contentOfYaml(work.text)
  if (work.kind === 'line') return lineOfYaml(work.text, work.path)
  return changeItems(work.text, work.change)
}
