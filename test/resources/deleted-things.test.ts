/** What is deleted is checked like what is live: whoever may not change it neither destroys it, nor takes it along, nor reads it. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { startLab, type Caller, type Lab } from '../support/lab.ts'

const data = Buffer.from('PRECIOUS').toString('base64')

interface Story {
  lab: Lab
  member: Caller
  /** `/lab/open/FOLDER/kept.txt`: closed to members and controllers, and deleted. */
  deletedIn: (folder: string) => Promise<string>
  /** Whether an admin gets it back from there, as it was. */
  comesBack: (path: string) => Promise<boolean>
}

async function startStory(t: TestContext): Promise<Story> {
  const lab = await startLab(t)
  const closed = [110, 120].map((type) => [type, lab.organization.id, 0])
  return {
    lab,
    member: await lab.user('member@example.com'),
    deletedIn: async (folder) => {
      const path = `/resources/lab/open/${folder}/kept.txt`
      assert.equal((await lab.post(path, { data })).status, 200)
      assert.equal((await lab.put(path, { permissions: closed })).status, 200)
      assert.equal((await lab.delete(path)).status, 200)
      return path
    },
    comesBack: async (path) => {
      const { status } = await lab.post(path, { undelete: 1 })
      return status === 200 && (await lab.get(path)).text === 'PRECIOUS'
    },
  }
}

test('making something over a deleted name keeps what the maker may not change, in every way to make it', async (t) => {
  const { lab, member, deletedIn, comesBack } = await startStory(t)
  const fridge = await lab.controller('fridge')
  const ways: Record<string, (path: string) => Promise<{ status: number }>> = {
    'by its name': (path) =>
      member.post('/resources', { path: path.slice('/resources'.length, -'/kept.txt'.length), name: 'kept.txt', type: 20 }),
    'in the old way': (path) => member.post(path, { data: 'bXk=' }),
    'as a controller': (path) => fridge.post(path, { data: 'bXk=' }),
    'as a folder on the way': (path) => member.post(`${path}/below.txt`, { data: 'bXk=' }),
    'by a new name': async (path) => {
      await member.post(path.replace('kept', 'other'), { data: 'bXk=' })
      return member.put(path.replace('kept', 'other'), { name: 'kept.txt' })
    },
  }
  for (const [way, make] of Object.entries(ways)) {
    const path = await deletedIn(way.replaceAll(' ', '-'))
    assert.equal((await make(path)).status, 200, way)
    assert.equal((await member.post(path, { undelete: 1 })).status, 404, `${way}: it is not there for those who may not read it`)
    assert.equal((await lab.put(path, { name: 'new.txt' })).status, 200)
    assert.equal(await comesBack(path), true, way)
  }
})

test('what the maker may change goes when its name is used again', async (t) => {
  const { lab, member } = await startStory(t)
  await member.post('/resources/lab/open/mine.txt', { data })
  await member.delete('/resources/lab/open/mine.txt')
  await member.post('/resources/lab/open/mine.txt', { data })
  await member.delete('/resources/lab/open/mine.txt')
  assert.equal(((await lab.get('/resources/lab/open', { deleted: 1 })).json as unknown[]).length, 1)
})

test('a folder goes nowhere with something deleted in it that one may not change', async (t) => {
  const { lab, member, deletedIn, comesBack } = await startStory(t)
  const ways: Record<string, (folder: string) => Promise<{ status: number }>> = {
    'purged alive': (folder) => member.delete(folder, { purge: 1 }),
    deleted: (folder) => member.delete(folder),
    'purged when it is deleted itself': async (folder) => {
      await lab.delete(folder)
      const reply = await member.delete(folder, { purge: 1 })
      await lab.post(folder, { undelete: 1 })
      return reply
    },
    'brought back': async (folder) => {
      await lab.delete(folder)
      const reply = await member.post(folder, { undelete: 1 })
      await lab.post(folder, { undelete: 1 })
      return reply
    },
    'moved to where one is an admin': async (folder) => {
      await lab.post('/organizations', { full_name: 'Own', folder_name: 'own' })
      const own = lab.ctx.tree.find('/own')?.id
      const { user } = (await member.get('/whoami')).json as { user: { id: number } }
      await lab.post(`/organizations/${own}/users`, { user_id: user.id, is_admin: 1 })
      return member.put(folder, { parent: '/own' })
    },
  }
  for (const [way, act] of Object.entries(ways)) {
    const name = way.replaceAll(' ', '-')
    const path = await deletedIn(`${name}/deep`)
    assert.equal((await act(`/resources/lab/open/${name}`)).status, 403, way)
    assert.equal(await comesBack(path), true, way)
  }
})

test('the bin of a folder shows nothing that is hidden, nor whom an alert tells, to those who may not change it', async (t) => {
  const { lab, member, deletedIn } = await startStory(t)
  await deletedIn('bin')
  await lab.sequence('/lab/open/bin/watched')
  const watched = '/resources/lab/open/bin/watched'
  await lab.post('/alerts', { path: '/lab/open/bin/watched', kind: 'above', value: 5, recipients: 'ann@example.com' })
  await lab.put(watched, { permissions: [[110, lab.organization.id, 10]] })
  await lab.delete(watched)
  const { json, text } = await member.get('/resources/lab/open/bin', { deleted: 1 })
  assert.deepEqual(
    (json as { name: string }[]).map(({ name }) => name),
    ['watched'],
  )
  assert.doesNotMatch(text, /ann@example\.com/)
})
