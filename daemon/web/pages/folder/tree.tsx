/** A folder with everything below it as a tree, as far as the visitor may read it. */
import { InTurns } from '../../components/in-turns.tsx'
import { escapeHidden } from '../../../../src/base/hidden-text.ts'
import type { Context } from '../../../../src/context.ts'
import { readableIn } from '../../../../src/resources/folder-contents.ts'
import type { Actor } from '../../../../src/tree/actor.ts'
import { requireRead } from '../../../../src/tree/permissions.ts'
import { isFolder, type Resource } from '../../../../src/tree/tree.ts'
import { Empty, Notice, PageHeader } from '../../components/basics.tsx'
import { Icon } from '../../components/icons.tsx'
import { kindOf } from '../../components/kinds.ts'
import { pageOf } from '../../links.ts'
import type { Page, PageRequest } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import { FolderTabs, ViewChoice } from '../../components/folder-tabs.tsx'

/** Maximum number of nodes on one page; deeper folders have a page of their own. */
const MAX_NODES = 2_000
/** Number of levels that are open at first. */
const OPEN_LEVELS = 2
/** Folders with more children are closed at first. */
const MOST_OPEN = 50

interface Node {
  resource: Resource
  children: Node[]
  /** Number of readable children that did not fit. */
  left: number
}

export async function showTree(request: PageRequest, folder: Resource): Promise<Page> {
  const { ctx, actor } = request
  requireRead(ctx, actor, folder)
  const { root, isWhole } = await grow(ctx, actor, folder)
  return {
    title: folder.name,
    resource: folder,
    content: (
      <>
        <PageHeader title={folder.name} icon={kindOf(folder).icon}>
          <ViewChoice folder={folder} view="tree" />
        </PageHeader>
        <FolderTabs request={request} folder={folder} view="contents" />
        {isWhole ? null : <Notice>There is more than fits on one page: open a folder to see what lies below it.</Notice>}
        {root.children.length === 0 ? (
          <Empty icon="folder" title="Nothing here yet" />
        ) : (
          <section class="card tree" aria-label={`Everything in ${folder.name}`}>
            {<Branches nodes={root.children} level={1} rest={root} />}
          </section>
        )}
      </>
    ),
  }
}

/** Adds level by level, so that near resources come before deep ones. */
async function grow(ctx: Context, actor: Actor, folder: Resource): Promise<{ root: Node; isWhole: boolean }> {
  const root: Node = { resource: folder, children: [], left: 0 }
  let room = MAX_NODES
  let isWhole = true
  const waiting = [root]
  for (let node = waiting.shift(); node; node = waiting.shift()) {
    const children = await readableIn(ctx, actor, node.resource)
    for (const child of children.slice(0, room).flatMap((id) => ctx.tree.byId(id) ?? [])) {
      const next: Node = { resource: child, children: [], left: 0 }
      node.children.push(next)
      if (isFolder(child)) waiting.push(next)
    }
    node.left = children.length - node.children.length
    room -= node.children.length
    if (node.left > 0) isWhole = false
  }
  return { root, isWhole }
}

/** @param rest their parent; those that did not fit are mentioned below them */
const Branches = ({ nodes, level, rest }: { nodes: readonly Node[]; level: number; rest: Node }) => (
  <ul>
    <InTurns>
      {nodes.map((node) => (
        <Branch node={node} level={level} />
      ))}
    </InTurns>
    {rest.left > 0 ? <More node={rest} /> : null}
  </ul>
)

const Branch = ({ node, level }: { node: Node; level: number }) => (
  <li>
    <Leaf resource={node.resource} />
    {node.children.length > 0 ? (
      <details open={level < OPEN_LEVELS && node.children.length <= MOST_OPEN}>
        <summary aria-label={`What is in ${node.resource.name}`}></summary>
        <Branches nodes={node.children} level={level + 1} rest={node} />
      </details>
    ) : node.left > 0 ? (
      <ul>
        <More node={node} />
      </ul>
    ) : null}
  </li>
)

const Leaf = ({ resource }: { resource: Resource }) => (
  <a class="name-link" href={pageOf(resource)}>
    <Icon name={kindOf(resource).icon} />
    <span>{escapeHidden(resource.name)}</span>
  </a>
)

const More = ({ node }: { node: Node }) => (
  <li>
    <a class="name-link is-rest" href={pageOf(node.resource, 'tree')}>
      <Icon name="more" />
      <span>
        {node.resource.name}: {formatCount(node.left)} more
      </span>
    </a>
  </li>
)
