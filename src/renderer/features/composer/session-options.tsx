import type { Repository, SessionDetail } from '@shared/domain'
import { useAgents } from '../../app/app-state'
import { call } from '../../client/call'
import { Select } from '../../ui/select'
import { showError } from '../../ui/toast'
import { ModelPicker } from '../model-picker/model-picker'

/** Model, mode and thought level of a session, as its agent offers them. */
export function SessionOptions({
  session,
  repository,
  disabled,
}: {
  session: SessionDetail
  repository: Repository | undefined
  disabled: boolean
}) {
  const agents = useAgents()
  const agent = agents.find((one) => one.id === session.agentId)
  const set = async (optionId: string, value: string) => {
    const result = await call('session.setOption', { sessionId: session.id, optionId, value })
    if (!result.ok) showError(result.error)
  }
  const model = session.options.find((option) => option.category === 'model')
  const others = session.options.filter((option) => option.category !== 'model' && option.values.length > 1)
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2">
      {agent !== undefined && (
        <ModelPicker
          agents={[{ ...agent, options: model === undefined ? agent.options : [model] }]}
          value={{ agentId: session.agentId, modelId: model?.currentValue ?? session.modelId }}
          onChange={(choice) => {
            if (model !== undefined && choice.modelId !== null) void set(model.id, choice.modelId)
          }}
          note={
            session.status === 'running' || session.status === 'needs_input'
              ? 'The conversation goes on; what runs now may still be the model before. Another agent works in a session of its own.'
              : 'The conversation goes on with the model you choose. Another agent works in a session of its own.'
          }
          repository={repository}
          disabled={disabled || model === undefined}
          reason={model === undefined ? 'The agent tells its models once it runs' : null}
        />
      )}
      {others.map((option) => (
        <Select
          key={option.id}
          label={option.name}
          look="quiet"
          value={option.currentValue ?? ''}
          disabled={disabled}
          choices={option.values.map((value) => ({
            value: value.value,
            label: value.name,
            ...(value.description === undefined ? {} : { hint: value.description }),
          }))}
          onChange={(value) => void set(option.id, value)}
        />
      ))}
    </div>
  )
}
