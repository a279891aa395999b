/** `?view=messages`: messages in a controller's folder, live, and a form to send one; client/controller/messages.ts handles both. */
import { requireWrite } from '../../../../src/tree/permissions.ts'
import { MAX_TYPE_LENGTH } from '../../../../src/wire/client-messages.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { Card, Field, Notice } from '../../components/basics.tsx'
import { ProblemPlace } from '../../components/forms.tsx'
import type { Page, PageRequest } from '../../page.ts'
import { frameController } from './controller-frame.tsx'
import { StateStrip, readStatus } from './state-strip.tsx'

export async function showMessages(request: PageRequest, controller: Resource): Promise<Page> {
  const { ctx, actor } = request
  requireWrite(ctx, actor, controller)
  const status = await readStatus(ctx, actor, controller)
  return frameController(request, controller, {
    view: 'messages',
    name: 'Messages',
    content: (
      <>
        <StateStrip status={status} now={ctx.clock.now()} />
        <noscript>
          <Notice tone="warning">Sending and hearing messages needs scripts, which this browser does not run.</Notice>
        </noscript>
        <Card title="Send a message" note={`It goes to whatever listens in ${pathOf(controller)}: as a rule the controller’s own program.`}>
          <form class="form" id="message-form">
            <ProblemPlace />
            <Field
              label="Type"
              name="type"
              required
              maxlength={MAX_TYPE_LENGTH}
              autocomplete="off"
              placeholder="set_light"
              hint="What the program expects: a word such as set_light."
            />
            <div class="field">
              <label for="field-parameters">Parameters</label>
              <textarea
                id="field-parameters"
                name="parameters"
                class="is-mono is-short"
                spellcheck={false}
                aria-describedby="field-parameters-hint"
              >
                {'{}'}
              </textarea>
              <p class="hint" id="field-parameters-hint">
                A JSON object.
              </p>
            </div>
            <div class="actions">
              <button type="submit" class="button is-primary">
                Send
              </button>
              <span class="note" role="status" id="answer-state"></span>
            </div>
          </form>
        </Card>
        <Card
          title="What was said here"
          note="Sent from this page, and heard in the folder and below it since the page was opened. Values are left out."
        >
          <ol id="messages" class="messages" aria-live="polite"></ol>
          <p class="note" id="no-messages">
            Nothing yet.
          </p>
        </Card>
      </>
    ),
  })
}
