/** Writes a list of a YAML file anew, and keeps comments and what was not changed as people wrote it. */
import type { Document, Node, YAMLMap } from 'yaml'
import { invalid } from './fault.ts'
import { parseYaml } from './lined-yaml.ts'

/** An entry as it is to be. */
export interface WantedItem {
  /** Its number in the file, from 0; undefined: it is new. */
  readonly from: number | undefined
  /** All of its members as they stand in the file. */
  readonly members: Readonly<Record<string, unknown>>
}

export interface ItemsChange {
  /** The member of the file that has the list of maps. */
  readonly list: string
  readonly items: readonly WantedItem[]
  /** A member of entries that stands in one line. */
  readonly inLine: string
}

/** @throws Fault invalid where the text is no YAML */
export async function changeItems(text: string, { list, items: wanted, inLine }: ItemsChange): Promise<string> {
  const { isMap, isSeq } = await import('yaml')
  const document: Document = await parseYaml(text).then(
    (parsed) => parsed.document as Document,
    () => {
      throw invalid('The file can not be read as it is: mend it as text first.')
    },
  )
  if (!isMap(document.contents)) document.contents = document.createNode({ [list]: [] })
  const old: unknown = document.get(list, true)
  const before = isSeq(old) ? old.items : []
  const items = wanted.map(({ from, members }) => {
    const node = from === undefined ? undefined : before[from]
    if (!isMap(node)) return makeNode(document, members, inLine)
    changeNode(document, node, members, inLine)
    return node
  })
  if (isSeq(old)) {
    old.items = items
    old.flow = false
  } else document.set(list, items)
  return document.toString({ lineWidth: 140 })
}

function makeNode(document: Document, members: WantedItem['members'], inLine: string): Node {
  const node = document.createNode(members)
  flatten(node, inLine)
  return node
}

function changeNode(document: Document, node: YAMLMap, members: WantedItem['members'], inLine: string): void {
  const now = node.toJS(document, { maxAliasCount: 50 }) as Record<string, unknown>
  for (const name of Object.keys(now)) if (members[name] === undefined) node.delete(name)
  for (const [name, value] of Object.entries(members))
    if (value !== undefined && JSON.stringify(now[name]) !== JSON.stringify(value)) node.set(name, document.createNode(value))
  flatten(node, inLine)
}

/** A place in one line: `{ x: 0, y: 0, width: 6, height: 4 }`. */
function flatten(node: Pick<YAMLMap, 'get'>, inLine: string): void {
  const member = node.get(inLine, true) as { flow?: boolean } | undefined
  if (member) member.flow = true
}
