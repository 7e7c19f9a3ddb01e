import type { CheckpointReason } from '@shared/changes'

/** Why the files were recorded. */
export const checkpointWords: Record<CheckpointReason, string> = {
  turn: 'Turn',
  archive: 'When it was archived',
  before_turn: 'Changed between turns',
  before_discard: 'Before changes were discarded',
  before_restore: 'Before files were restored',
  before_suggestion: 'Before a suggestion was applied',
  restored: 'After files were restored',
  before_overwrite: 'Before a file was overwritten',
}
