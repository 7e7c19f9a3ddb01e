import type { TranscriptEvent } from '@shared/domain'
import { expect, it } from 'vitest'
import { asMarkdown } from '../../../src/renderer/features/transcript/as-markdown'
import { TranscriptModel } from '../../../src/renderer/features/transcript/transcript-model'

const update = (fields: Record<string, unknown>): TranscriptEvent => ({ type: 'update', update: fields })

it('copies what was said in full, and what was done in a line each', () => {
  const events: TranscriptEvent[] = [
    { type: 'prompt', text: 'Fix it' },
    update({ sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: 'hm' } }),
    update({
      sessionUpdate: 'tool_call',
      toolCallId: 'a',
      kind: 'edit',
      title: 'Edit `a`\nb',
      status: 'failed',
      content: [{ type: 'diff', path: '/work/a.ts', oldText: 'a', newText: 'b' }],
    }),
    update({ sessionUpdate: 'plan', entries: [{ content: 'one', status: 'completed' }, { content: 'two' }] }),
    update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: '**Done.**\n' } }),
  ]
  const model = new TranscriptModel()
  model.reset(
    events.map((event, first) => ({ first, last: first, turnId: null, at: first, event, cut: null })),
    false,
  )
  expect(asMarkdown(model.items)).toBe(
    [
      '## You',
      'Fix it',
      '## Agent',
      "- edit: `Edit 'a' b` (failed)\n  - /work/a.ts",
      '- [x] one\n- [ ] two',
      '**Done.**',
    ].join('\n\n') + '\n',
  )
})
