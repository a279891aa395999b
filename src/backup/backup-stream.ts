/** A backup as one stream, for ssh: a tar archive of a folder of backups with this one in it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { invalid } from '../base/fault.ts'
import { SECOND, fileLabelOf, type Micros } from '../base/time.ts'
import { FORMAT } from './manifest.ts'
import { newCipher, plainCipher, type PieceCipher } from './piece-cipher.ts'
import { readTar, tarEnd, tarEntry } from './tar.ts'

type Write = (bytes: Uint8Array) => Promise<void>

export class BackupStream {
  readonly path = '-'
  readonly cipher: PieceCipher
  readonly scratch = undefined
  readonly #write: Write
  readonly #seconds: number
  readonly #written = new Set<string>()

  private constructor(cipher: PieceCipher, write: Write, now: Micros) {
    this.cipher = cipher
    this.#write = write
    this.#seconds = now / SECOND
  }

  /** @param write takes the stream; resolves when it takes more */
  static async begin(write: Write, { lab, key, now }: { lab: string | null; key: string | undefined; now: Micros }): Promise<BackupStream> {
    const cipher = key === undefined ? plainCipher : await newCipher(key)
    const stream = new BackupStream(cipher, write, now)
    await stream.#add(
      'rhizo-backups.json',
      Buffer.from(`${JSON.stringify({ format: FORMAT, lab, encryption: cipher.encryption ?? null })}\n`),
    )
    return stream
  }

  /** Where it goes has nothing that is known here. */
  async has(name: string): Promise<boolean> {
    return this.#written.has(name)
  }

  /** @returns bytes written */
  async put(name: string, content: Uint8Array): Promise<number> {
    if (this.#written.has(name)) return 0
    this.#written.add(name)
    const stored = this.cipher.seal(name, content)
    await this.#add(`pieces/${name.slice(0, 2)}/${name}`, stored)
    return stored.length
  }

  /** The manifest comes last, so that a stream that was cut off holds no backup. */
  async finish(time: Micros, manifest: string): Promise<string> {
    await this.#add(`backups/${fileLabelOf(time)}.json`, Buffer.from(manifest))
    await this.#write(tarEnd())
    return '-'
  }

  close(): void {}

  async #add(name: string, content: Uint8Array): Promise<void> {
    for (const part of tarEntry(name, content, this.#seconds)) await this.#write(part)
  }
}

const NAMES = /^(?:\.\/)?(rhizo-backups\.json|backups\/\d{8}T\d{6}\.\d{6}Z\.json|pieces\/([0-9a-f]{2})\/\2[0-9a-f]{62})$/

/** Makes a folder of backups of a stream. @throws Fault invalid when it is none, or incomplete */
export async function unpackStream(stream: AsyncIterable<Uint8Array>, folder: string): Promise<void> {
  let manifests = 0
  for await (const { name, content } of readTar(stream)) {
    const [, path] = NAMES.exec(name) ?? []
    if (path === undefined) continue
    if (path.startsWith('backups/')) manifests++
    await mkdir(join(folder, dirname(path)), { recursive: true, mode: 0o700 })
    await writeFile(join(folder, path), content, { mode: 0o600 })
  }
  if (manifests === 0) throw invalid('The stream holds no backup.')
}
