/** A field for a time. */
interface TimeFieldProps {
  label: string
  name: string
  /** As such inputs have it: 2026-01-31T12:00:00. */
  value?: string | undefined
  hint?: string
  id?: string
}

/** A time to the second, in the zone of the page. */
export const TimeField = ({ label, name, value, hint, id = `field-${name}` }: TimeFieldProps) => (
  <div class="field">
    <label for={id}>{label}</label>
    <input
      id={id}
      name={name}
      value={value}
      type="datetime-local"
      step="1"
      min="1970-01-01T00:00:00"
      max="2200-01-01T00:00:00"
      aria-describedby={hint === undefined ? undefined : `${id}-hint`}
    />
    {hint === undefined ? null : (
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    )}
  </div>
)
