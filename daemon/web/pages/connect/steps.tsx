/** Progress on the way to the first value. */

const STEPS = ['Admin and organization', 'A controller', 'Its first value'] as const

export const Steps = ({ current }: { current: 1 | 2 | 3 }) => (
  <ol class="steps" aria-label="Steps">
    {STEPS.map((text, at) => (
      <li class={at + 1 < current ? 'is-done' : ''} aria-current={at + 1 === current ? 'step' : undefined}>
        <span class="step-number" aria-hidden="true">
          {at + 1}
        </span>
        <span class="step-text">{text}</span>
      </li>
    ))}
  </ol>
)
