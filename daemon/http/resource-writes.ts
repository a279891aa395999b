/** Handles POST, PUT and DELETE of resources. Source: protocol, section 4. */
import { Fault, invalid } from '../../src/base/fault.ts'
import type { ContentSource } from '../../src/content/content.ts'
import { addRevision, putFile, requireUpload, requireUploadInto, restoreRevision } from '../../src/resources/files.ts'
import { appendImage } from '../../src/sequences/images.ts'
import { parseJson } from '../../src/base/json.ts'
import { splitPath } from '../../src/base/path.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { parsePermissionRecords, setPermissions } from '../../src/tree/permission-changes.ts'
import { mayKnow, requireWrite } from '../../src/tree/permissions.ts'
import { sequenceAttributeNames, type Attributes } from '../../src/attributes/resource-attributes.ts'
import { planChanges, type ResourceChanges } from '../../src/resources/changes.ts'
import { createResource } from '../../src/resources/creation.ts'
import { requireType } from '../../src/resources/listing.ts'
import { deleteResource, purgeResource, undeleteResource } from '../../src/resources/removal.ts'
import { FILE, ORGANIZATION_FOLDER, REMOTE_FOLDER, SEQUENCE } from '../../src/wire/resource-types.ts'
import type { Micros } from '../../src/base/time.ts'
import { isImageSequence, pathOf, type Resource } from '../../src/tree/tree.ts'
import { appendValues } from '../../src/sequences/sequences.ts'
import { answerOf } from '../../src/sequences/tally.ts'
import { MAX_WHERE } from '../../src/sequences/value-conditions.ts'
import { countDoomed, removeValues } from '../../src/sequences/value-removal.ts'
import { warningsOfChange } from '../../src/watching/watch-warnings.ts'
import { warningsField } from './warnings.ts'
import { decodeUtf8 } from '../requests/body.ts'
import { UploadedFile } from './uploaded-file.ts'
import { anything, flag, integer, object, text, timestamp, type Parsed, type ParameterSet } from './parameters.ts'
import { namesOf } from './resource-reads.ts'
import type { ApiRequest, UploadRequest } from './route.ts'
import { findContent, readValue } from './uploads.ts'

const contentParameters = {
  data: anything('Content in base64: of a file, or a value of a sequence.', {
    aliases: ['contents'],
    schema: { type: 'string', contentEncoding: 'base64' },
  }),
  file: anything('Content as a file of a multipart form.', { schema: { type: 'string', format: 'binary' } }),
}

/** Attributes that may be given as plain parameters, in addition to those in system_attributes. */
const attributeParameters = {
  data_type: anything('Sequences: 1 numeric, 2 text, 3 image.', { schema: { type: 'integer', enum: [1, 2, 3] } }),
  decimal_places: anything('Numeric sequences: digits to show.', { schema: { type: 'integer', minimum: 0 } }),
  units: anything('Sequences: the unit of the values.', { schema: { type: 'string' } }),
  max_history: anything('Sequences: how many values are kept (10,000 of text and 100,000 of others unless given).', {
    schema: { type: 'integer', minimum: 1 },
  }),
  max_age: anything(
    'Sequences: how old values may become, such as 12h, 90d or 2y; older ones are removed (0, which is the default: none).',
    { schema: { type: 'string' } },
  ),
  min_storage_interval: anything('Sequences: seconds between stored values (0 for text and 50 for others unless given; 0 stores all).', {
    schema: { type: 'number', minimum: 0 },
  }),
  full_name: anything('Organizations: the name for people.', { schema: { type: 'string' } }),
  timezone: anything('Organizations: whose clock its pages show, a name by IANA such as Europe/Berlin; empty: none.', {
    schema: { type: 'string' },
  }),
  remote_path: anything('Remote folders: the path on the controller.', { schema: { type: 'string' } }),
  controller_id: anything('Remote folders: the controller.', { schema: { type: 'integer' } }),
  file_type: anything('Files: kept as an attribute.', { schema: { type: 'string' } }),
}

const timeParameters = {
  creation_timestamp: timestamp('When it was made; now when missing.', { aliases: ['creationTimestamp'] }),
  modification_timestamp: timestamp('When it was changed last.', { aliases: ['modificationTimestamp'] }),
}

export const createParameters = {
  path: text('Absolute path of the folder; missing ones are made. `/` is the root, for system admins.'),
  parent: text('The same as path.'),
  name: text('The name; with a file of a form its name when missing.', { max: 1_000 }),
  type: text(
    '10 basic folder, 11 organization folder, 12 controller folder, 13 remote folder, 20 file, 21 sequence, 22 app; or the ' +
      'name of the type.',
    { max: 30 },
  ),
  system_attributes: object('Attributes for the system, such as those of a sequence.'),
  user_attributes: object('Attributes of your own.'),
  as_is: flag('Files: kept as they are. Otherwise a spreadsheet becomes CSV, and .csv and .txt get \\n line ends.'),
  ...timeParameters,
  ...attributeParameters,
  ...contentParameters,
}

export const postParameters = {
  undelete: flag('Brings back what was deleted from there last.'),
  timestamp: timestamp("Sequences: the time of the value; the server's when missing."),
  ...timeParameters,
  ...contentParameters,
}

export const putParameters = {
  name: text('A new name.', { max: 1_000 }),
  parent: text('Absolute path of the folder to move into.'),
  user_attributes: object('Replaces the attributes of users.'),
  system_attributes: object('Replaces the attributes of folders and files, is merged into those of others.'),
  status: object("Merged into a controller's status."),
  view: anything("This user's view preferences: JSON text or any value."),
  permissions: anything('null (inherit) or a list of [type, principal id, level]; for admins of the organization.', {
    schema: { type: ['array', 'null'] },
  }),
  timestamp: timestamp("Sequences: the time of the value; the server's when missing."),
  modification_timestamp: timeParameters.modification_timestamp,
  if_revision: integer(
    'Files, with content or restore: the revision that the change was made from (0: none). When another is the newest by now: ' +
      '409, and nothing is stored.',
    { min: 0 },
  ),
  restore: integer('Files: an earlier revision, which becomes the newest again, as a new one.', { min: 1 }),
  ...attributeParameters,
  ...contentParameters,
}

export const deleteParameters = {
  data_only: flag('Sequences: deletes the values, not the sequence.'),
  start_timestamp: timestamp('With data_only: values from this time on.'),
  end_timestamp: timestamp('With data_only: values up to this time.'),
  where: text(
    'With data_only: only values that fulfil it, such as `value > 95`, `value >= 10 and value < 20`, `contains "error"` or ' +
      '`value = "off"`.',
    { max: MAX_WHERE },
  ),
  dry_run: flag('With data_only: deletes nothing; `matching` says how many values would go.'),
  purge: flag('Removes it for good, also what was deleted before; otherwise it is hidden and can be brought back.'),
}

interface Done {
  status: 'ok' | 'error'
  id?: number
  [field: string]: unknown
}

/** Before a file of a form is taken in: who may not make one there must not fill the disk. @throws Fault */
export function beforeCreatedFile({ ctx, actor, given }: UploadRequest): void {
  const folder = given['path'] || given['parent']
  requireUploadInto(ctx, actor, typeof folder === 'string' && folder !== '' ? splitPath(folder) : undefined)
}

/** As {@link beforeCreatedFile}, where the path is the file's own. @throws Fault */
export const beforeFile = ({ ctx, actor, path }: UploadRequest): void => requireUpload(ctx, actor, namesOf({ path }))

/** `POST /resources` */
export async function createFromRequest(request: ApiRequest<typeof createParameters>): Promise<Done> {
  const { ctx, actor, parameters, given } = request
  const folder = parameters.path || parameters.parent
  if (!folder) throw invalid('path is missing: the folder to make it in.')
  const { file } = given
  const name = parameters.name ?? (file instanceof UploadedFile ? baseName(file.name) : undefined)
  if (name === undefined) throw invalid('name is missing.')
  if (!parameters.type && !(file instanceof UploadedFile))
    throw invalid('type is missing: 10 basic folder, 12 controller folder, 20 file, 21 sequence, …')
  const type = parameters.type ? requireType(parameters.type) : FILE
  const content = type === FILE ? findContent(request, given) : undefined
  try {
    const id = await createResource(ctx, actor, {
      folder,
      name,
      type,
      systemAttributes: { ...parameters.system_attributes, ...plainAttributes(given, type) },
      userAttributes: parameters.user_attributes,
      creationTimestamp: parameters.creation_timestamp,
      modificationTimestamp: parameters.modification_timestamp,
      asIs: parameters.as_is,
      ...(content === undefined ? {} : { content }),
    })
    const made = ctx.tree.byId(id)
    const warnings = ignoredParameters(given, type)
    if (made) warnings.push(...warningsOfChange(ctx, made, parameters.system_attributes ?? {}))
    return { status: 'ok', id, ...warningsField(warnings) }
  } catch (error) {
    // Clients rely on exactly this answer, with status 200.
    if (error instanceof Fault && error.code === 'conflict') return { status: 'error', message: 'Resource already exists.' }
    throw error
  }
}

/** `POST /resources/P` */
export async function postToPath(request: ApiRequest<typeof postParameters>): Promise<Done> {
  const { ctx, actor, parameters, given } = request
  const names = namesOf(request)
  if (parameters.undelete) return { status: 'ok', id: await undeleteResource(ctx, actor, names) }
  const content = findContent(request, given)
  const existing = ctx.tree.descend(names)
  if (existing?.type === SEQUENCE && mayKnow(ctx, actor, existing)) return appendTo(request, existing, content, parameters.timestamp)
  const id = await putFile(ctx, actor, names, content ?? new Uint8Array(0), {
    creation: parameters.creation_timestamp,
    modification: parameters.modification_timestamp,
  })
  return { status: 'ok', id }
}

/** `PUT /resources/P` */
export async function putToPath(request: ApiRequest<typeof putParameters>): Promise<Done> {
  const { ctx, actor, parameters, given } = request
  const resource = requireResource(ctx, actor, request.path['path'] ?? '')
  const changes = changesOf(request, resource)
  const content = findContent(request, given)
  const isContent = content !== undefined || parameters.restore !== undefined
  if (content !== undefined && parameters.restore !== undefined)
    throw invalid('restore and new content are two ways to change a file: give one of them.')
  const permissions =
    given['permissions'] === undefined ? undefined : parsePermissionRecords(parseValue(given['permissions'], 'permissions'))
  if (isContent) requireWrite(ctx, actor, resource)
  if (parameters.if_revision !== undefined && (!isContent || resource.type !== FILE))
    throw invalid('if_revision goes with content or restore of a file.')
  const isOther = isContent || permissions !== undefined
  const apply =
    isOther && Object.keys(changes).length === 0 ? undefined : await refuseTaken(() => planChanges(ctx, actor, resource, changes))
  if (permissions !== undefined) await setPermissions(ctx, actor, resource, permissions)
  const done = isContent ? await writeContent(request, resource, content) : {}
  if (apply) await refuseTaken(apply)
  const warnings = [...ignoredParameters(given, resource.type), ...warningsOfChange(ctx, resource, changes.systemAttributes ?? {})]
  return { status: 'ok', id: resource.id, ...done, ...warningsField(warnings) }
}

/** A name that is taken is a 400 here, as old clients expect. */
async function refuseTaken<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict') throw invalid(error.message)
    throw error
  }
}

function changesOf({ parameters, given }: ApiRequest<typeof putParameters>, resource: Resource): ResourceChanges {
  const plain = plainAttributes(given, resource.type)
  const systemAttributes =
    parameters.system_attributes || Object.keys(plain).length > 0 ? { ...parameters.system_attributes, ...plain } : undefined
  return {
    ...(parameters.name === undefined ? {} : { name: parameters.name }),
    ...(parameters.parent === undefined ? {} : { parent: parameters.parent }),
    ...(parameters.user_attributes ? { userAttributes: parameters.user_attributes } : {}),
    ...(systemAttributes ? { systemAttributes } : {}),
    ...(parameters.status ? { status: parameters.status } : {}),
    ...(given['view'] === undefined ? {} : { view: parseValue(given['view'], 'view') }),
  }
}

async function writeContent(
  request: ApiRequest<typeof putParameters>,
  resource: Resource,
  content: ContentSource | undefined,
): Promise<object> {
  const { ctx, actor, parameters } = request
  const { restore, if_revision: base, modification_timestamp: modification } = parameters
  if (restore !== undefined) return { revision_id: await restoreRevision(ctx, actor, resource, restore, { modification, base }) }
  if (resource.type === SEQUENCE || content === undefined) return appendTo(request, resource, content, parameters.timestamp)
  return { revision_id: await addRevision(ctx, actor, resource, content, { modification, base }) }
}

async function appendTo(
  request: Pick<ApiRequest, 'ctx' | 'actor' | 'incoming' | 'share' | 'roomFor'>,
  sequence: Resource,
  content: ContentSource | undefined,
  time: Micros | undefined,
): Promise<Done> {
  const { ctx, actor } = request
  requireWrite(ctx, actor, sequence)
  if (content === undefined) throw invalid('data is missing: the value in base64.')
  const bytes = await readValue(request, content)
  if (!isImageSequence(sequence)) {
    const [appended] = await appendValues(ctx, actor, [{ sequence, value: decodeUtf8(bytes, 'data'), time }])
    return { status: 'ok', id: sequence.id, ...(appended ? answerOf(appended.outcome) : {}) }
  }
  const { outcome, revisionId, thumbnailRevisionId } = await appendImage(ctx, actor, sequence, bytes, { time })
  return {
    status: 'ok',
    id: sequence.id,
    ...answerOf(outcome),
    ...(revisionId === undefined ? {} : { revision_id: revisionId, thumbnail_revision_id: thumbnailRevisionId }),
  }
}

/** `DELETE /resources/P` */
export async function deleteFromPath(request: ApiRequest<typeof deleteParameters>): Promise<Done> {
  const { ctx, actor, parameters } = request
  if (!parameters.data_only) refuseWithoutDataOnly(parameters)
  else if (parameters.purge) throw invalid('purge removes a resource and data_only keeps it: give one of them.')
  if (parameters.purge) return { status: 'ok', id: await purgeResource(ctx, actor, namesOf(request)) }
  const resource = requireResource(ctx, actor, request.path['path'] ?? '')
  if (parameters.data_only) {
    requireWrite(ctx, actor, resource)
    if (resource.type !== SEQUENCE) throw invalid(`data_only: ${pathOf(resource)} is not a sequence.`)
    const doomed = { start: parameters.start_timestamp, end: parameters.end_timestamp, where: parameters.where }
    if (parameters.dry_run) return { status: 'ok', id: resource.id, matching: await countDoomed(ctx, actor, resource, doomed) }
    return { status: 'ok', id: resource.id, deleted: await removeValues(ctx, actor, resource, doomed) }
  }
  await deleteResource(ctx, actor, resource)
  return { status: 'ok', id: resource.id }
}

/** Parameters that select values must never delete the sequence itself. @throws Fault invalid */
function refuseWithoutDataOnly({
  start_timestamp: start,
  end_timestamp: end,
  where,
  dry_run: isTrial,
}: Parsed<typeof deleteParameters>): void {
  const name =
    start !== undefined ? 'start_timestamp' : end !== undefined ? 'end_timestamp' : where ? 'where' : isTrial ? 'dry_run' : undefined
  if (name) throw invalid(`${name} goes with data_only, which is missing: without it the resource itself would be deleted.`)
}

const attributesByType: Readonly<Record<number, readonly string[]>> = {
  [SEQUENCE]: sequenceAttributeNames,
  [ORGANIZATION_FOLDER]: ['full_name', 'timezone'],
  [REMOTE_FOLDER]: ['remote_path', 'controller_id'],
  [FILE]: ['file_type'],
}

/** The plain parameters that are attributes of a resource of this type; empty ones count as missing. */
function plainAttributes(given: ParameterSet, type: number): Attributes {
  const attributes: Attributes = {}
  for (const name of attributesByType[type] ?? []) if (given[name] !== undefined && given[name] !== '') attributes[name] = given[name]
  return attributes
}

/** Sentences about plain parameters that mean nothing for a resource of this type. */
function ignoredParameters(given: ParameterSet, type: number): string[] {
  const own = attributesByType[type] ?? []
  return Object.keys(attributeParameters)
    .filter((name) => given[name] !== undefined && given[name] !== '' && !own.includes(name))
    .map((name) => `${name} does nothing: a resource of this type has no such attribute.`)
}

/** Parses JSON text; values of a JSON body are returned unchanged. */
const parseValue = (value: unknown, field: string): unknown => (typeof value === 'string' ? parseJson(value, field) : value)

/** Old browsers send a file's path, and some systems its name with decomposed accents. */
const baseName = (name: string): string => (name.split(/[/\\]/).at(-1) ?? '').normalize('NFC')
