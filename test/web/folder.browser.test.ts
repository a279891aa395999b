/** The page of a folder: what it shows, live, and what can be done there. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { insertResource } from '../../src/tree/resource-records.ts'
import { BASIC_FOLDER } from '../../src/wire/resource-types.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab, untilLive } from '../support/web-lab.ts'

const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })

test('a folder shows newest values and keeps them up to date; after a loss it fetches what it missed', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature', 1, { units: 'C', decimal_places: 1 })
  await lab.sequence('/lab/fridge/log', 2)
  for (let at = 0; at < 12; at++) await fridge.put('/resources', { values: { '/lab/fridge/temperature': 4 + at / 10 } })
  const page = await visit('/lab/fridge')
  await rowOf(page, 'temperature').getByText('5.1\u202f°C').waitFor()
  await page.locator('[data-trend] path').waitFor({ state: 'attached' })
  await untilLive(page)
  await fridge.put('/resources', { values: { '/lab/fridge/temperature': 6.25, '/lab/fridge/log': '<b>door</b> open' } })
  await rowOf(page, 'temperature').getByText('6.3\u202f°C').waitFor()
  await rowOf(page, 'log').getByText('<b>door</b> open').waitFor()
  await rowOf(page, 'temperature').getByText('now').waitFor()
  await requireAccessible(page, 'a folder with values')

  await page.context().setOffline(true)
  await page.evaluate("dispatchEvent(new Event('pagehide'))")
  await page.locator('html[data-live="off"]').waitFor({ state: 'attached' })
  await page.getByText('The server is out of reach').waitFor()
  await fridge.put('/resources', { values: { '/lab/fridge/temperature': 7 } })
  await page.context().setOffline(false)
  await page.evaluate("dispatchEvent(new Event('online'))")
  await page.getByText('Connected again.').waitFor()
  await rowOf(page, 'temperature').getByText('7.0\u202f°C').waitFor()
})

test('make, rename, move, delete and bring back', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/lab')
  await page.getByText('Nothing here yet').waitFor()
  const make = async (kind: string, name: string, action: string): Promise<void> => {
    await page.locator('summary', { hasText: 'New' }).click()
    await page.getByRole('button', { name: kind, exact: true }).click()
    await page.getByRole('dialog').getByLabel('Name').fill(name)
    await page.getByRole('dialog').getByRole('button', { name: action }).click()
    await rowOf(page, name).waitFor()
  }
  await make('Folder', 'plants', 'Make the folder')
  await make('Controller', 'fridge', 'Make the controller')
  await make('Sequence', 'temperature', 'Make the sequence')
  const { dataType, minStorageInterval, maxHistory } = lab.ctx.tree.find('/lab/temperature')?.sequence ?? {}
  assert.deepEqual({ dataType, minStorageInterval, maxHistory }, { dataType: 1, minStorageInterval: 0, maxHistory: 1_000_000_000 })
  await page.locator('summary', { hasText: 'New' }).click()
  await page.getByRole('button', { name: 'Sequence', exact: true }).click()
  await page.getByLabel('It holds').selectOption('Images (JPEG)')
  await page.getByRole('dialog').getByLabel('Name').fill('camera')
  await page.getByRole('dialog').getByRole('button', { name: 'Make the sequence' }).click()
  await rowOf(page, 'camera').waitFor()
  assert.equal(lab.ctx.tree.find('/lab/camera')?.sequence?.maxHistory, 100_000)
  await make('Sequence', 'door', 'Make the sequence')
  assert.equal(lab.ctx.tree.find('/lab/door')?.sequence?.maxHistory, 1_000_000_000)

  await page.locator('summary', { hasText: 'New' }).click()
  await page.getByRole('button', { name: 'Folder', exact: true }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('plants')
  await page.getByRole('dialog').getByRole('button', { name: 'Make the folder' }).click()
  await page.getByRole('dialog').getByText('There is “plants” already.').waitFor()
  await requireAccessible(page, 'a dialog with a problem')
  await page.keyboard.press('Escape')

  await page.getByLabel('Select temperature').check()
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('air temperature')
  await page.keyboard.press('Enter')
  await rowOf(page, 'air temperature').waitFor()

  await page.getByLabel('Select air temperature').check()
  await page.getByRole('button', { name: 'Move' }).click()
  await page.getByLabel('Into the folder').fill('/lab/nowhere')
  await page.getByRole('dialog').getByRole('button', { name: 'Move' }).click()
  await page.getByText('there is no folder "/lab/nowhere"').waitFor()
  await page.getByLabel('Into the folder').fill('/lab/plants')
  await page.getByRole('dialog').getByRole('button', { name: 'Move' }).click()
  await page.getByText('Moved air temperature to /lab/plants.').waitFor()
  assert.ok(lab.ctx.tree.find('/lab/plants/air temperature'))

  await page.getByLabel('Select plants').check()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Deleted plants.').waitFor()
  assert.equal(await rowOf(page, 'plants').count(), 0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await rowOf(page, 'plants').waitFor()
  assert.ok(lab.ctx.tree.find('/lab/plants/air temperature'))
})

test('upload files and a folder; a name that is taken is asked about; several come down as one zip', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/lab')
  await page.locator('#upload-input').setInputFiles([
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('one\n') },
    { name: '<img src=x>.txt', mimeType: 'text/plain', buffer: Buffer.from('name\n') },
  ])
  await rowOf(page, 'notes.txt').waitFor()
  await rowOf(page, '<img src=x>.txt').waitFor()
  await page.locator('#upload-input').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('two\n') })
  await page.getByText('There is a file of that name already.').waitFor()
  await page.getByRole('button', { name: 'Replace it' }).click()
  await page.getByText('Uploaded.').first().waitFor()
  await page.locator('#uploads').waitFor({ state: 'hidden' })
  assert.equal((await lab.get('/resources/lab/notes.txt')).text, 'two\n')

  const photos = join(lab.folder, 'photos', 'may')
  await mkdir(photos, { recursive: true })
  await writeFile(join(photos, 'a.txt'), 'a')
  await page.locator('#upload-folder-input').setInputFiles(join(lab.folder, 'photos'))
  await rowOf(page, 'photos').waitFor()
  assert.equal((await lab.get('/resources/lab/photos/may/a.txt')).text, 'a')

  await page.getByLabel('Select all').check()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()])
  assert.equal(download.suggestedFilename(), 'lab_files.zip')
})

test('files and a folder that are dropped on the page are uploaded, each into its place', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/lab')
  const folder = join(lab.folder, 'dropped', 'deep')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'inner.txt'), 'inner')
  await writeFile(join(lab.folder, 'outer.txt'), 'outer')
  // As the system's file manager does it, with a real folder.
  const browser = await page.context().newCDPSession(page)
  const data = { items: [], files: [join(lab.folder, 'dropped'), join(lab.folder, 'outer.txt')], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver'] as const) await browser.send('Input.dispatchDragEvent', { type, x: 300, y: 400, data })
  await page.getByText('Drop files and folders to upload them').waitFor()
  await browser.send('Input.dispatchDragEvent', { type: 'drop', x: 300, y: 400, data })
  await rowOf(page, 'dropped').waitFor()
  await rowOf(page, 'outer.txt').waitFor()
  assert.equal((await lab.get('/resources/lab/dropped/deep/inner.txt')).text, 'inner')
  assert.equal((await lab.get('/resources/lab/outer.txt')).text, 'outer')
})

test('what a README says stands below the folder that it lies in, for those who may read it', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.post('/resources/lab/plants/README.md', {
    data: Buffer.from('# Beds\n\nWater <b>daily</b>, see [the plan](plan.csv).\n').toString('base64'),
  })
  const page = await visit('/lab/plants')
  const readme = page.getByRole('region', { name: 'README.md' })
  await readme.getByRole('heading', { name: 'Beds' }).waitFor()
  await readme.getByText('Water <b>daily</b>').waitFor()
  assert.equal(await readme.getByRole('link', { name: 'the plan' }).getAttribute('href'), '/lab/plants/plan.csv')
  await requireAccessible(page, 'a folder with a README')
  await page.goto(`${new URL(page.url()).origin}/lab/plants?filter=nothing`)
  await page.locator('#contents').waitFor()
  assert.equal(await readme.count(), 0)
})

test('sorted as asked, and so again at the next visit; filtered by name; as a tree', async (t) => {
  const { lab, visit } = await startWebLab(t)
  for (const name of ['fridge 10', 'fridge 2', 'Alpha', 'beta', 'gamma', 'delta', 'eta', 'zeta', 'theta'])
    await lab.sequence(`/lab/${name}`)
  await lab.sequence('/lab/deep/deeper/deepest')
  await lab.put('/resources', { values: { '/lab/beta': 1 } })
  const page = await visit('/lab')
  const names = (): Promise<string[]> => page.locator('.contents tbody th').allInnerTexts()
  assert.deepEqual(
    (await names()).map((name) => name.trim()).filter((name) => name.startsWith('fridge')),
    ['fridge 2', 'fridge 10'],
  )
  await page.getByRole('link', { name: 'When' }).click()
  await page.locator('th[aria-sort="descending"]').waitFor()
  assert.equal((await names())[0]?.trim(), 'beta')
  await page.waitForLoadState('networkidle')
  await page.goto('/lab')
  await page.locator('th[aria-sort="descending"]', { hasText: 'When' }).waitFor()
  await page.getByLabel('Filter by name').fill('FRIDGE')
  await page.keyboard.press('Enter')
  await page.getByText('2 of 10').waitFor()
  await page.getByRole('link', { name: 'Tree' }).click()
  await page.getByLabel('What is in deeper').click()
  await page.getByRole('link', { name: 'deepest' }).waitFor()
  await requireAccessible(page, 'the tree')
})

test('somebody who may only read is offered nothing that changes', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/open/temperature')
  await lab.sequence('/lab/closed/secret')
  const { id } = await lab.user('guest@example.com', { member: false })
  await lab.put('/resources/lab/open', { permissions: [[130, id, 10]] })
  const page = await visit('/lab/open', { as: { user: 'guest@example.com', password: 'correct-horse-9' } })
  await rowOf(page, 'temperature').waitFor()
  assert.equal(await page.getByText('New', { exact: true }).count(), 0)
  await page.getByLabel('Select temperature').check()
  assert.deepEqual(
    await page
      .locator('#selection button:visible')
      .allInnerTexts()
      .then((texts) => texts.map((text) => text.trim()).filter((text) => text !== '')),
    ['Download', 'Values …'],
  )
  const reply = await page.goto('/lab/closed')
  assert.equal(reply?.status(), 403)
})

test('ten thousand children and very long names: pages stay small, and nothing scrolls sideways on a phone', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const long = `${'long name without any space '.repeat(4)}${'x'.repeat(120)}`.slice(0, 240)
  const rows = await lab.ctx.db.transaction().execute(async (tx) => {
    const made = [await insertResource(lab.ctx, tx, { parent: lab.organization, name: long, type: BASIC_FOLDER })]
    for (let at = 0; at < 10_000; at++)
      made.push(await insertResource(lab.ctx, tx, { parent: lab.organization, name: `thing ${at}`, type: BASIC_FOLDER }))
    return made
  })
  lab.ctx.tree.addAll(rows)
  const page = await visit('/lab', PHONE)
  await page.getByText('10,001 items').waitFor()
  assert.equal(await page.locator('.contents tbody tr').count(), 100)
  await requireNoSidewaysScroll(page, 'a folder with a long name')
  await page.getByRole('link', { name: 'Next' }).click()
  await page.getByText('Page 2 of 101').waitFor()
  await page.goto(`/lab/${encodeURIComponent(long)}`)
  await requireNoSidewaysScroll(page, 'a folder of a long name')
  await requireAccessible(page, 'a folder on a phone')
  for (const menu of [page.getByLabel('More actions'), page.locator('summary', { hasText: 'New' })]) {
    await menu.click()
    const items = page.locator('details[open] .menu-items')
    // It is moved once it is open.
    await items.evaluate(
      `(items) => new Promise((resolve) => {
        const look = () => {
          const { left, right } = items.getBoundingClientRect()
          if (left >= 0 && right <= innerWidth) resolve()
          else requestAnimationFrame(look)
        }
        look()
      })`,
    )
  }
})
