import type { ErrorValue } from '@shared/errors'
import type { RepositoryId } from '@shared/ids'
import {
  commandPrefix,
  type PolicyDecision,
  policyDecisions,
  policyKinds,
  type PolicyKind,
  ruleKey,
  withRule,
} from '@shared/permission-policy'
import type { PermissionPolicy } from '@shared/permission-policy-schema'
import { X } from 'lucide-react'
import { type FormEvent, useEffect, useState } from 'react'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { TextField } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { type Choice, Select } from '../../ui/select'
import { decisionWords, kindWords } from './policy-text'

const decisions: readonly Choice<PolicyDecision>[] = policyDecisions.map((value) => ({
  value,
  label: decisionWords[value],
}))

/** How questions of agents are answered in a repository without asking. Every change holds at once. */
export function RepositoryPolicyForm({ repositoryId }: { repositoryId: RepositoryId }) {
  const [policy, setPolicy] = useState<PermissionPolicy | null>(null)
  const [problem, setProblem] = useState<ErrorValue | null>(null)
  const saving = useCall<PermissionPolicy>()
  useEffect(() => {
    let current = true
    void call('policy.ofRepository', { repositoryId }).then((result) => {
      if (!current) return
      if (result.ok) setPolicy(result.value)
      else setProblem(result.error)
    })
    return () => {
      current = false
    }
  }, [repositoryId])
  if (problem !== null) return <ErrorNotice error={problem} />
  if (policy === null) return <Waiting>Reading</Waiting>
  const save = async (next: PermissionPolicy): Promise<boolean> => {
    const saved = await saving.run(() => call('policy.set', { repositoryId, policy: next }))
    if (saved !== null) setPolicy(saved)
    return saved !== null
  }
  const decisionOf = (kind: PolicyKind): PolicyDecision =>
    policy.rules.find((rule) => ruleKey(rule) === ruleKey({ kind, mode: null }))?.decision ?? 'ask'
  return (
    <div className="flex flex-col gap-16 pt-4">
      <p className="text-12 text-text-muted">
        What agents ask is answered like this in tasks of this repository, and says so in their transcripts. A
        question that is not clear, or is about another place than the checkout, is always asked.
      </p>
      <ul aria-label="Kinds of tools" className="flex flex-col gap-4">
        {policyKinds.map((kind) => (
          <li key={kind} className="flex min-w-0 items-center gap-12">
            <span className="min-w-0 flex-1">
              {kindWords[kind].name} <span className="text-12 text-text-faint">{kindWords[kind].hint}</span>
            </span>
            <span className="w-number shrink-0">
              <Select
                label={kindWords[kind].name}
                value={decisionOf(kind)}
                choices={decisions}
                onChange={(decision) => void save(withRule(policy, { kind, mode: null, decision }))}
              />
            </span>
          </li>
        ))}
      </ul>
      <Commands policy={policy} busy={saving.busy} onSave={save} />
      <ModeRules policy={policy} busy={saving.busy} onSave={save} />
      {saving.error !== null && <ErrorNotice error={saving.error} />}
    </div>
  )
}

interface PartProps {
  policy: PermissionPolicy
  busy: boolean
  onSave: (next: PermissionPolicy) => Promise<boolean>
}

/** Commands that are allowed by what they begin with. */
function Commands({ policy, busy, onSave }: PartProps) {
  const [text, setText] = useState('')
  const [wrong, setWrong] = useState<string | null>(null)
  const add = async (event: FormEvent) => {
    event.preventDefault()
    const command = commandPrefix(text)
    if (command === null)
      return setWrong(
        'Write the beginning of one plain command: this has something in it that a shell acts on',
      )
    if (policy.commands.includes(command)) return setWrong('It is allowed already')
    if (await onSave({ ...policy, commands: [...policy.commands, command] })) setText('')
  }
  return (
    <section aria-label="Allowed commands" className="flex min-w-0 flex-col gap-8">
      <form onSubmit={(event) => void add(event)} className="flex min-w-0 items-end gap-8">
        <div className="min-w-0 flex-1">
          <TextField
            label="Allow commands that begin with these words"
            placeholder="npm test"
            maxLength={500}
            value={text}
            error={wrong}
            hint="Whole words, with whatever follows them. What a shell would act on, such as ; && | $( ) or another line, is asked."
            onChange={(event) => {
              setText(event.currentTarget.value)
              setWrong(null)
            }}
          />
        </div>
        <span className="self-start pt-20">
          <Button type="submit" busy={busy} reason={text.trim() === '' ? 'Write a command' : null}>
            Allow command
          </Button>
        </span>
      </form>
      {policy.commands.length > 0 && (
        <ul className="flex flex-col">
          {policy.commands.map((command) => (
            <li key={command} className="flex min-h-24 min-w-0 items-center gap-8">
              <code className="code-text min-w-0 flex-1 break-all" data-selectable>
                {command}
              </code>
              <IconButton
                label={`Do not allow ${command} any more`}
                disabled={busy}
                onClick={() =>
                  void onSave({ ...policy, commands: policy.commands.filter((other) => other !== command) })
                }
              >
                <X className="size-12" />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** What holds in one mode of an agent in place of all that stands above. */
function ModeRules({ policy, busy, onSave }: PartProps) {
  const agents = useEntities('app', null, 'agent')
  const modes = [...agents.values()].flatMap((agent) =>
    agent.options
      .filter(({ category }) => category === 'mode')
      .flatMap(({ values }) =>
        values.map(({ value, name }) => ({
          value: JSON.stringify([agent.id, value]),
          label: `${agent.name}: ${name}`,
          mode: { agentId: agent.id, modeId: value },
        })),
      ),
  )
  const [chosen, setChosen] = useState<string | null>(null)
  const [kind, setKind] = useState<PolicyKind>('edit')
  const [decision, setDecision] = useState<PolicyDecision>('reject')
  const mode = modes.find(({ value }) => value === chosen) ?? modes[0]
  const rules = policy.rules.filter((rule) => rule.mode !== null)
  const nameOf = (agentId: string, modeId: string): string =>
    modes.find((other) => other.mode.agentId === agentId && other.mode.modeId === modeId)?.label ??
    `${agentId}: ${modeId}`
  if (modes.length === 0 && rules.length === 0) return null
  return (
    <section aria-label="In one mode" className="flex min-w-0 flex-col gap-8">
      <h3 className="text-12 text-text-muted">In one mode of an agent, before all that stands above</h3>
      {rules.length > 0 && (
        <ul className="flex flex-col">
          {rules.map((rule) => {
            const where = rule.mode === null ? '' : nameOf(rule.mode.agentId, rule.mode.modeId)
            const words = `${where}, ${kindWords[rule.kind].name.toLowerCase()}: ${decisionWords[rule.decision].toLowerCase()}`
            return (
              <li key={ruleKey(rule)} className="flex min-h-24 min-w-0 items-center gap-8">
                <span className="min-w-0 flex-1 break-words">{words}</span>
                <IconButton
                  label={`Remove: ${words}`}
                  disabled={busy}
                  onClick={() =>
                    void onSave({
                      ...policy,
                      rules: policy.rules.filter((other) => ruleKey(other) !== ruleKey(rule)),
                    })
                  }
                >
                  <X className="size-12" />
                </IconButton>
              </li>
            )
          })}
        </ul>
      )}
      {mode !== undefined && (
        <div className="flex min-w-0 flex-wrap items-center gap-8">
          <span className="min-w-field flex-1">
            <Select label="Mode" value={mode.value} choices={modes} onChange={setChosen} />
          </span>
          <span className="min-w-field flex-1">
            <Select
              label="Kind of tool"
              value={kind}
              choices={policyKinds.map((value) => ({ value, label: kindWords[value].name }))}
              onChange={setKind}
            />
          </span>
          <span className="w-number">
            <Select label="Answer" value={decision} choices={decisions} onChange={setDecision} />
          </span>
          <Button
            busy={busy}
            onClick={() => void onSave(withRule(policy, { kind, mode: mode.mode, decision }))}
          >
            Add rule
          </Button>
        </div>
      )}
    </section>
  )
}
