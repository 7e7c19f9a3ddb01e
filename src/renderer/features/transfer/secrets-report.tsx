import type { MaskedSecret } from '@shared/secret-masker'
import { counted } from '../sync/sync-text'

/** What was masked, by its tags: the secrets themselves are known to nobody here. */
export function SecretsReport({ secrets, count }: { secrets: readonly MaskedSecret[]; count: number }) {
  if (secrets.length === 0) return <p className="text-text-muted">No secrets were found in it.</p>
  return (
    <section aria-label="Masked secrets" className="flex flex-col gap-8">
      <p>
        {counted(count, 'secret was', 'secrets were')} masked. Look over the file before you give it away:
        what does not look like a secret is not found.
      </p>
      <ul className="flex flex-col rounded-6 border border-line" data-selectable>
        {secrets.map(({ tag, count: times, places }) => (
          <li key={tag} className="border-b border-line p-8 last:border-b-0">
            <span className="block code-text break-words">{tag}</span>
            <span className="block text-12 break-words text-text-muted" dir="auto">
              {counted(times, 'place', 'places')}: {places.join('; ')}
            </span>
          </li>
        ))}
      </ul>
      {count > secrets.length && (
        <p className="text-12 text-text-faint">These are the {secrets.length} that stand there most often.</p>
      )}
    </section>
  )
}
