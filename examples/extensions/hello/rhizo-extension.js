/**
 * The smallest extension: a page at /-/ext/hello, an API route at /api/v1/ext/hello, an entry in the navigation, and an answer to
 * messages of the type `hello`.
 * @type {import('rhizo/extension').Extension}
 */
export default {
  name: 'hello',
  version: '1.0.0',
  requires: { host: 1 },
  settings: { GREETING: { default: 'Hello', meaning: 'What is said.' } },
  commands: {
    greet: {
      summary: 'say hello',
      run: async ({ call, print, args }) => {
        const answer = await call('GET', '/', args[0] === undefined ? {} : { name: args[0] })
        print(answer.text, answer)
      },
    },
  },
  setup(host) {
    const greet = (name) => `${host.settings.GREETING}, ${name}!`
    host.navigation({ text: 'Hello', path: '/' })
    host.page('/', async ({ lab, parameters }) => ({
      title: greet(parameters.name ?? 'lab'),
      content: host.html`<p>You may see ${(await lab.find('/lab')) ? 'the folder /lab' : 'no folder /lab'}.</p>`,
    }))
    host.api('GET', '/', ({ parameters }) => {
      if (String(parameters.name ?? '').length > 100) throw host.refusal('invalid', 'name is longer than 100 characters.')
      return { text: greet(parameters.name ?? 'world') }
    })
    host.message('hello', ({ parameters, reply }) => reply('hello_answer', { text: greet(parameters.name ?? 'device') }))
  },
}
