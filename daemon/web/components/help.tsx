/** Help that is folded away until somebody asks for it. */
import type { PropsWithChildren } from 'hono/jsx'

/** @param about what it explains, for people who don't see where it stands */
export const Help = ({ about, id, children }: PropsWithChildren<{ about: string; id?: string }>) => (
  <details class="help no-print">
    <summary aria-label={`Help: ${about}`} title="Help">
      ?
    </summary>
    <div class="help-text note" id={id}>
      {children}
    </div>
  </details>
)

/** The keys of a page, in a line of its own; a touch screen shows none of it. */
export const KeyHelp = (props: PropsWithChildren<{ about: string; id?: string }>) => (
  <div class="help-line is-for-keys needs-script no-print">
    <Help {...props} />
  </div>
)
