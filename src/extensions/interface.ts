/**
 * What an extension exports, and what it gets: version 1. Extensions run inside the server. Each call of one has a budget of time
 * (EXTENSION_TIME_LIMIT); an extension that fails or exceeds it five times within ten minutes is switched off. What holds the event loop
 * so long before its first wait is interrupted; what holds it later can't be stopped by anybody: divide long work into steps (see
 * {@link Work}).
 *
 * Times are microseconds since 1970, UTC. Paths are absolute: `/lab/fridge/temperature`.
 */

/** The newest version of this interface, and those that are still served. */
export const HOST_VERSION = 1
export const HOST_VERSIONS: readonly number[] = [1]

/** What `rhizo-extension.js` exports, as its default or by these names. */
export interface Extension {
  /** That of its folder: lower-case letters, digits and hyphens. */
  readonly name: string
  /** Three numbers: `1.0.2`. */
  readonly version: string
  /**
   * `host`: the version of this interface that it is written for. Other members name extensions that are set up before it, with the version
   * that they must have at least, of the same first number: `{ host: 1, 'derived-values': '1.2' }`.
   */
  readonly requires: Readonly<Record<string, number | string>>
  /** Settings that it takes, with their defaults. Others are refused, and so are values of another type than the default's. */
  readonly settings?: Readonly<Record<string, ExtensionSetting>>
  /** Commands: `rhizo extension run NAME COMMAND`. They run in the command's process, and reach the server through `call`. */
  readonly commands?: Readonly<Record<string, ExtensionCommand>>
  /** Registers what it does. What is not registered when this ends can't be registered later. */
  setup(host: Host): void | Promise<void>
}

export interface ExtensionSetting {
  readonly default: unknown
  readonly meaning: string
}

export interface ExtensionCommand {
  readonly summary: string
  run(call: CommandCall): void | Promise<void>
}

export interface CommandCall {
  /** The words after the command's name. */
  readonly args: readonly string[]
  readonly settings: Readonly<Record<string, unknown>>
  /** Calls one of the extension's own API routes with the caller's key. @returns its JSON @throws Error with the server's words */
  call(method: Method, path: string, parameters?: Readonly<Record<string, unknown>>): Promise<unknown>
  /** Writes a line for people, or with `--json` the value. */
  print(line: string, value?: unknown): void
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Host {
  /** The extension's name. */
  readonly name: string
  /** The extension's own folder. */
  readonly folder: string
  /** Defaults, then autoload-config.yaml, then EXTENSION_SETTINGS. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly log: ExtensionLog
  readonly store: ExtensionStore
  /** The lab as the actor sees it that the setting ACTS_AS names. Without it: what is open to everybody, and nothing to be written. */
  readonly lab: LabAccess
  /** HTML from a template: what is put into it is escaped, unless it is {@link Html} itself. */
  html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html
  /** An error for the caller of a route or a message, which is no failure of the extension: `throw host.refusal('invalid', '…')`. */
  refusal(code: RefusalCode, message: string): Error
  /** Where a file of {@link files} is reached, for `scripts`, `styles` and links. */
  address(file: string): string

  /** A page at `/-/ext/NAME` and `path` (`/` or `/well`), in the site's layout. */
  page(path: string, handler: (request: ExtensionRequest) => ExtensionPage | Promise<ExtensionPage>, options?: RouteOptions): void
  /** A route at `/api/v1/ext/NAME` and `path`. What it returns is sent as JSON. */
  api(method: Method, path: string, handler: (request: ExtensionRequest) => unknown, options?: RouteOptions): void
  /** Shows resources of a kind, in place of their own page, which stays at `?view=plain`. If it fails, their own page is shown. */
  viewer(viewer: Viewer): void
  /** An entry of the navigation, for those who have signed in. */
  navigation(entry: { readonly text: string; readonly path: string }): void
  /** Serves a folder of the extension below `/-/ext/NAME/static/`, to everybody. */
  files(folder: string): void
  /** Answers messages of a type, in place of their folder's subscribers. */
  message(type: string, handler: (message: ExtensionMessage) => void | Promise<void>): void
  /** Hears of values when they are durable: those that the extension's actor may read. One call at a time. */
  onValues(listener: (news: ValueNews) => void | Promise<void>, options?: { readonly paths?: readonly string[] }): void
  /** Hears messages to folders that the extension's actor may read. One call at a time. */
  onMessages(listener: (news: MessageNews) => void | Promise<void>): void
  /** Hears what was made, moved and removed, of what the extension's actor may read. One call at a time. */
  onResources(listener: (news: ResourceNews) => void | Promise<void>): void
  /** Work that is done from time to time. */
  work(work: Work): WorkHandle
  /**
   * Sends alarms and other notifications to recipients such as `ext:NAME:ADDRESS`. It resolves when the message is on its way; one that it
   * throws for is tried again, unless it throws a {@link refusal}.
   */
  sender(send: (message: NotificationToSend) => void | Promise<void>): void
  /** A kind of tiles for dashboards, which name it `kind: ext:EXTENSION:NAME`. A tile of one that fails says so, and harms no other. */
  tile(tile: DashboardTile): void
  /** Reads payloads of devices, by MQTT and `POST /api/v1/ingest`, before the formats that the server knows. Must answer at once. */
  devices(format: DeviceFormat): void
}

export type RefusalCode = 'invalid' | 'forbidden' | 'not_found' | 'conflict' | 'too_large' | 'busy'

export interface RouteOptions {
  /** True: also for callers who have not said who they are. */
  readonly open?: boolean
}

export interface ExtensionRequest {
  readonly method: Method
  /** Below the extension's address: `/` or `/well`. */
  readonly path: string
  /** Of the query and the body. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly caller: ExtensionCaller
  /** The lab as the caller may see and change it. */
  readonly lab: LabAccess
}

export interface ExtensionCaller {
  readonly kind: 'anonymous' | 'user' | 'controller'
  /** Of a user or a controller. */
  readonly id?: number
  readonly isSystemAdmin: boolean
}

export interface ExtensionPage {
  readonly title: string
  readonly content: Html
  /** Addresses of module scripts and style sheets: see {@link Host.address}. The site's policy allows none inside the page. */
  readonly scripts?: readonly string[]
  readonly styles?: readonly string[]
  readonly wide?: boolean
}

/** Made by {@link Host.html} alone. */
export interface Html {
  readonly html: string
}

export type HtmlValue = string | number | boolean | null | undefined | Html | readonly HtmlValue[]

export interface Viewer {
  /**
   * Which resources it shows: files whose names end so; folders that hold something of the name `marker`; apps whose system attribute
   * `app` is this name.
   */
  readonly shows:
    | { readonly kind: 'file'; readonly endings: readonly string[] }
    | { readonly kind: 'folder'; readonly marker: string }
    | { readonly kind: 'app'; readonly app: string }
  show(request: ExtensionRequest, resource: LabEntry): ExtensionPage | Promise<ExtensionPage>
}

export interface ExtensionMessage {
  readonly type: string
  /** The path of its folder, which its sender may write. */
  readonly folder: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly caller: ExtensionCaller
  /** The lab as the sender may see and change it. */
  readonly lab: LabAccess
  /** Sends a message to the sender alone. */
  reply(type: string, parameters: Readonly<Record<string, unknown>>): void
}

export interface ValueNews {
  /** At most 1,000, in the order of their commits. */
  readonly values: readonly NewValue[]
  /** More values came than could wait: read what you need again. */
  readonly gap: boolean
}

export interface NewValue extends TimedValue {
  readonly path: string
}

export interface MessageNews {
  readonly folder: string
  readonly type: string
  readonly parameters: unknown
  readonly time: number
}

export interface ResourceNews {
  readonly what: 'added' | 'moved' | 'removed'
  readonly id: number
  /** As it is now; of what was removed, as it was. */
  readonly path: string
}

export interface Work {
  /** For the log. */
  readonly name: string
  /** At least 1. It is done first at the start. */
  readonly everySeconds: number
  /** @returns true: there is more to do, call again at once. Each call has a budget of its own. */
  run(): boolean | void | Promise<boolean | void>
}

export interface WorkHandle {
  /** Does it now, or again after the run that is under way. */
  wake(): void
}

export interface NotificationToSend {
  /** The rest of the recipient after `ext:NAME:`. */
  readonly address: string
  /** May be empty. */
  readonly subject: string
  readonly body: string
  /** When it was queued. */
  readonly time: number
  /** Aborts when the server stops. */
  readonly signal: AbortSignal
}

export interface DashboardTile {
  /** Lower-case letters, digits and hyphens. */
  readonly name: string
  /** For people who add a tile: "Plate". */
  readonly label: string
  /** What people set, in the file and in a form. */
  readonly settings?: readonly TileField[]
  /** Columns of 12 and rows of a new tile; 4 and 4 unless given. */
  readonly size?: { readonly width: number; readonly height: number }
  /** Addresses of style sheets: see {@link Host.address}. */
  readonly styles?: readonly string[]
  /** Called when a dashboard with it is opened, and every 15 seconds while it is shown. Scripts in the HTML do not run. */
  show(request: TileCall): Html | Promise<Html>
}

export interface TileField {
  /** As in the file: `folder`. */
  readonly name: string
  readonly label: string
  /** A folder is the dashboard's own where none is given. Paths may be relative to that, and begin with a variable of the dashboard. */
  readonly type: 'text' | 'count' | 'folder' | 'sequences'
  readonly isRequired?: boolean
  readonly hint?: string
}

/** By the names of the settings; paths are absolute. */
export type TileValues = Readonly<Record<string, string | number | readonly string[]>>

export interface TileCall {
  readonly settings: TileValues
  /** Who looks at the dashboard. */
  readonly caller: ExtensionCaller
  /** The lab as they may see it. */
  readonly lab: LabAccess
}

export interface DeviceFormat {
  readonly name: string
  /**
   * @param topic levels below the folder @param payload text and JSON as far as the bytes are such
   * @returns undefined when the message is none of this format
   */
  read(topic: readonly string[], payload: DevicePayload): DeviceReading[] | undefined
}

export interface DevicePayload {
  readonly bytes: Uint8Array
  readonly text: string | undefined
  readonly json: unknown
}

export interface DeviceReading {
  /** Names below the folder, outermost first. */
  readonly names: readonly string[]
  readonly value: number | string | boolean
  readonly units?: string
  readonly time?: number
}

export interface LabEntry {
  readonly id: number
  readonly name: string
  readonly path: string
  /** `file`, `sequence`, `basic_folder`, `controller_folder`, `organization_folder`, `remote_folder` or `app`. */
  readonly type: string
}

export interface TimedValue {
  readonly time: number
  readonly value: number | string
}

/** Verbs, as one actor. Each refuses what the actor may not do, and says so. */
export interface LabAccess {
  /** undefined: there is none, or the actor may not read it. */
  find(path: string): Promise<LabEntry | undefined>
  /** What is in a folder, by name. */
  list(folder: string): Promise<LabEntry[]>
  mayWrite(path: string): Promise<boolean>
  /** Stored values from `start` to `end`, both included, as they are right: without masked ones, calibrated. At most 10,000. */
  values(path: string, range?: ValueRange): Promise<TimedValue[]>
  /** Stores values, in place of those of the same times, and resolves when they are durable. Without a time: now. At most 10,000. */
  store(values: readonly { readonly path: string; readonly value: number | string; readonly time?: number }[]): Promise<void>
  /** Sends a message to the subscribers of a folder. */
  send(folder: string, type: string, parameters: Readonly<Record<string, unknown>>): Promise<void>
}

export interface ValueRange {
  readonly start?: number
  readonly end?: number
  /** 1,000 unless given. */
  readonly limit?: number
  /** `ascending` unless given. */
  readonly order?: 'ascending' | 'descending'
}

/** What it keeps: JSON by key, at most 10,000 keys of 200 characters, 100,000 characters each. Durable when the promise resolves. */
export interface ExtensionStore {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<void>
  delete(key: string): Promise<void>
  /** Keys that begin so, sorted. */
  keys(prefix?: string): Promise<string[]>
  /**
   * In the setup: brings up to date what an earlier version of the extension kept. Runs the steps that did not run here yet, in order.
   * Each changes all entries, and is stored as a whole together with its number, or not at all. New steps are added at the end.
   * @throws Error when more steps ran here than there are: a newer version of the extension keeps what this one does not know
   */
  migrate(steps: readonly StoreMigration[]): Promise<void>
}

/** Changes the entries in place: sets, deletes and renames keys. */
export type StoreMigration = (entries: Map<string, unknown>) => void | Promise<void>

export interface ExtensionLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}
