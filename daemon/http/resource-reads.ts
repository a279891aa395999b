/** Answers GET requests for resources: metadata, lists, files, images and zips. Source: protocol, section 4. */
import type { Context } from '../../src/context.ts'
import { openArchive } from '../../src/resources/archives.ts'
import { forbidden, invalid, notFound } from '../../src/base/fault.ts'
import { readContent } from '../../src/content/content.ts'
import { listRevisions, readRevision, readThumbnail } from '../../src/resources/files.ts'
import { listImages, readImage, readNewestImage } from '../../src/sequences/image-reading.ts'
import { quote, splitPath } from '../../src/base/path.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { requireRead } from '../../src/tree/permissions.ts'
import { describeResource } from '../../src/resources/info.ts'
import { MAX_LIMIT, MAX_LISTED_TEXT, listByType, listDeleted, listFolder, listRoots, requireType } from '../../src/resources/listing.ts'
import { FILE, SEQUENCE } from '../../src/wire/resource-types.ts'
import { MAX_CONVERSION_BYTES, isCsvName } from '../../src/content/spreadsheets.ts'
import { secondsOf } from '../../src/base/time.ts'
import { isFolder, isImageSequence, pathOf, type Resource } from '../../src/tree/tree.ts'
import { isKnown, replyBytes, replyDirectly, replyRevision, replyStream } from '../replies/file-replies.ts'
import { flag, integer, text, type Parsed } from './parameters.ts'
import { idOf, type ApiRequest } from './route.ts'
import { readSequence, sequenceReadParameters } from './sequence-reads.ts'

const listParameters = {
  type: text('Only resources of this type: its name (basic_folder, file, sequence, …) or number.', { max: 30 }),
  filter: text('Folders: only names that match; * stands for any text.', { max: 300 }),
  recursive: flag('Folders: the content of sub-folders too, with paths.'),
  extended: flag('All metadata of each resource.'),
  newest: flag(`The newest value of each sequence, as {timestamp, value} or null; of a text its first ${MAX_LISTED_TEXT} characters.`),
}

export const resourceReadParameters = {
  meta: flag('Metadata instead of content.'),
  ...listParameters,
  limit: integer('Folders: at most so many, by name in the order of its bytes; for the next page name the last one with after.', {
    min: 1,
    max: MAX_LIMIT,
  }),
  after: text('Folders: only what comes after this name.', { max: 300 }),
  ids: text('Folders, with download: ids of children, with commas between, for a zip of them.', { max: 100_000 }),
  sequences: flag('With ids: sequences too, each as a CSV file.'),
  direct: flag('Files, with download: 307 to the bucket instead of the bytes, where the server allows it and the file is large.'),
  convert_to: text('Files named .csv: xls (or xlsx) makes a spreadsheet of it.', { max: 10, aliases: ['convertTo'] }),
  thumbnail: flag('Images: the small version, JPEG.'),
  revisions: flag('Files and image sequences: the list of revisions, newest first; with count only so many.'),
  deleted: flag('Folders: what was deleted from it and can be brought back; for those who may write.'),
  ...sequenceReadParameters,
}

export const rootReadParameters = {
  ...listParameters,
  folder_info: flag('With type: the path of each resource.', { aliases: ['folderInfo'] }),
}

type ReadRequest = ApiRequest<typeof resourceReadParameters>

/** `GET /resources`: all resources of a type, for system admins; without a type, the folders at the root. */
export async function readRoot({ ctx, actor, parameters }: ApiRequest<typeof rootReadParameters>): Promise<unknown> {
  const { type, filter, recursive, extended, newest, folder_info: withPath } = parameters
  if (!type) return listRoots(ctx, actor, { filter: filter || undefined, recursive, extended, newest })
  return listByType(ctx, actor, requireType(type), { extended, withPath })
}

/** `GET /resources/P` */
export async function readResource(request: ReadRequest): Promise<unknown> {
  const { ctx, actor, parameters } = request
  const resource = findRead(request)
  requireRead(ctx, actor, resource)
  if (parameters.meta) return describeResource(ctx, actor, resource)
  if (parameters.revisions) return listRevisions(ctx, actor, resource, parameters.count)
  if (isFolder(resource)) return readFolder(request, resource)
  if (parameters.deleted) throw invalid(`deleted: ${pathOf(resource)} is not a folder.`)
  if (isImageSequence(resource)) return readImages(request, resource)
  if (resource.type === SEQUENCE) return readSequence(request, resource)
  return readFile(request, resource)
}

function findRead({ ctx, actor, path }: ReadRequest): Resource {
  if (path['path'] !== '/self') return requireResource(ctx, actor, path['path'] ?? '')
  if (actor.kind !== 'controller') throw forbidden("self stands for the calling controller's folder: send a controller's key.")
  const self = ctx.tree.byId(actor.controllerId)
  if (!self) throw notFound('The folder of this controller was deleted.')
  return self
}

async function readFolder({ ctx, actor, parameters, incoming }: ReadRequest, folder: Resource): Promise<unknown> {
  const { type, filter, recursive, extended, newest, ids, limit, after } = parameters
  if (ids !== undefined && parameters.download) {
    const numbers = ids.split(',').map((part) => {
      const id = idOf(part.trim())
      if (id === undefined) throw invalid(`ids must be numbers with commas between, found ${quote(part)}.`)
      return id
    })
    return replyStream(incoming, await openArchive(ctx, actor, folder, { ids: numbers, withSequences: parameters.sequences }), {
      contentType: 'application/octet-stream',
      attachmentName: `${folder.name}_files.zip`,
    })
  }
  if (parameters.deleted) return listDeleted(ctx, actor, folder)
  return listFolder(ctx, actor, folder, {
    recursive,
    extended,
    newest,
    filter: filter || undefined,
    type: type ? requireType(type) : undefined,
    limit,
    after: after || undefined,
  })
}

async function readFile(request: ReadRequest, file: Resource): Promise<Response> {
  const { ctx, actor, parameters, incoming } = request
  if (file.type !== FILE) throw notFound(`${pathOf(file)} has no content.`)
  if (parameters.thumbnail) {
    const { revisionId, data } = await readThumbnail(ctx, actor, file)
    const etag = `"thumbnail-${revisionId}"`
    return isKnown(incoming, etag)
      ? new Response(null, { status: 304, headers: { etag } })
      : replyBytes(data, { contentType: 'image/jpeg' }, etag)
  }
  const revision = await readRevision(ctx, actor, file, parameters.rev)
  if (parameters.convert_to) return replySpreadsheet(ctx, request, file, revision)
  const options = { contentType: 'application/octet-stream', attachmentName: parameters.download ? file.name : undefined }
  const direct = await replyDirectly(ctx, incoming, revision, { ...options, isAsked: parameters.direct === true })
  return direct ?? replyRevision(ctx, incoming, revision, options)
}

async function replySpreadsheet(
  ctx: Context,
  { parameters }: { parameters: Parsed<typeof resourceReadParameters> },
  file: Resource,
  revision: Awaited<ReturnType<typeof readRevision>>,
): Promise<Response> {
  const to = parameters.convert_to
  if (to !== 'xls' && to !== 'xlsx') throw invalid(`convert_to is ${quote(to ?? '')}; allowed: xls, xlsx.`)
  if (!isCsvName(file.name)) throw invalid(`convert_to: ${pathOf(file)} is not named .csv; only CSV becomes a spreadsheet.`)
  const bytes = await ctx.conversions.convert({ to, bytes: await readContent(ctx, revision, MAX_CONVERSION_BYTES) }, pathOf(file))
  const attachmentName = parameters.download ? file.name.replace(/csv$/i, to) : undefined
  return replyBytes(bytes, { contentType: 'application/octet-stream', attachmentName })
}

async function readImages({ ctx, actor, parameters, incoming }: ReadRequest, sequence: Resource): Promise<Response | object> {
  const { rev, count = 1, start_timestamp: start, end_timestamp: end, download } = parameters
  const attachmentName = download ? `${sequence.name}.jpg` : undefined
  if (parameters.text) throw invalid(`text: ${pathOf(sequence)} is an image sequence.`)
  if (rev !== undefined)
    return replyRevision(ctx, incoming, await readImage(ctx, actor, sequence, rev), { contentType: 'image/jpeg', attachmentName })
  if (count > 1 || start !== undefined || end !== undefined) {
    const images = await listImages(ctx, actor, sequence, { start, end }, count)
    return {
      name: sequence.name,
      path: pathOf(sequence),
      units: null,
      timestamps: images.map(({ timestamp }) => secondsOf(timestamp)),
      values: images.map(({ id }) => String(id)),
    }
  }
  const newest = await readNewestImage(ctx, actor, sequence)
  return newest
    ? replyRevision(ctx, incoming, newest, { contentType: 'image/jpeg', attachmentName })
    : replyBytes(new Uint8Array(0), { contentType: 'image/jpeg' })
}

/** The names in the path of a request. @throws Fault invalid */
export const namesOf = ({ path }: Pick<ApiRequest, 'path'>): string[] => splitPath(path['path'] ?? '')
