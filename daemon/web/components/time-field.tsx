/** A field for a time. */
/** A time to the second, in the zone of the page. */
export const TimeField = ({ label, name, hint, id = `field-${name}` }: { label: string; name: string; hint?: string; id?: string }) => (
  <div class="field">
    <label for={id}>{label}</label>
    <input
      id={id}
      name={name}
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
