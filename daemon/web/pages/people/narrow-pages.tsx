/** A page that is not available: why, and what to do. */
import type { PropsWithChildren } from 'hono/jsx'
import { Icon } from '../../components/icons.tsx'

export const ClosedPage = ({ title, message, children }: PropsWithChildren<{ title: string; message: string }>) => (
  <div class="error-page">
    <Icon name="lock" class="is-huge" />
    <h1>{title}</h1>
    <p class="error-message">{message}</p>
    <p>{children}</p>
    <p class="actions is-centred">
      <a class="button is-primary" href="/-/sign-in">
        Sign in
      </a>
    </p>
  </div>
)
