import type { ErrorValue } from '@shared/errors'
import type { Repository, RepositoryState, TaskSummary } from '@shared/domain'
import { FolderPlus, X } from 'lucide-react'
import { type FormEvent, useEffect, useMemo, useRef, useState } from 'react'
import { useAgentChoice, useAppState } from '../../app/app-state'
import { openRepository } from '../../app/open-repository'
import { openStart, openTask, useWorkspace } from '../../app/workspace'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { CaptionedControl, TextField } from '../../ui/field'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { SearchSelect, Select } from '../../ui/select'
import { counted, countText } from '../sync/sync-text'
import { SidebarButton } from '../task/sidebar-button'
import { ModelPicker } from '../model-picker/model-picker'
import { usualChoice } from '../model-picker/model-choices'
import { validateBranchName } from '@shared/branch-name'
import { LinkNotice } from './link-notice'
import { changeDraft, clearDraft, useNewTaskDraft } from './new-task-draft'
import { RepositoryNotes } from './repository-notes'

/** Describes a task: what to do, where, and by whom. Stands in the middle; leaving it loses nothing. */
export function NewTask({ organizationId }: { organizationId: string }) {
  const repositories = useEntities('organization', organizationId, 'repository')
  const { usable, others } = useMemo(() => splitByFolder(repositories), [repositories])
  const wanted = useWorkspace((state) => state.newTaskRepositoryId)
  useEffect(() => {
    if (wanted !== null) changeDraft({ repositoryId: wanted, baseBranch: null, includeUncommitted: false })
  }, [wanted])
  return (
    <section aria-label="New task" className="flex h-full min-h-0 flex-col">
      <header className="flex h-title shrink-0 items-center gap-8 border-b border-line px-12">
        <SidebarButton />
        <h1 className="min-w-0 flex-1 truncate font-semibold">New task</h1>
        <IconButton label="Close" onClick={openStart}>
          <X className="size-16" />
        </IconButton>
      </header>
      <LinkNotice usable={usable} />
      {usable.size === 0 ? (
        <EmptyState
          title="Open a repository first"
          action={
            <Button tone="accent" onClick={() => void openRepository()}>
              Open repository
            </Button>
          }
        >
          {others === 0
            ? 'A task works on a branch of a git repository.'
            : `A task works from a folder on this computer. None of the ${countText(others)} repositories known from GitHub has one yet: open your clone of one.`}
        </EmptyState>
      ) : (
        <Form repositories={usable} others={others} />
      )}
    </section>
  )
}

/** Those a task can start in, and how many others GitHub has. */
function splitByFolder(repositories: ReadonlyMap<string, Repository>): {
  usable: ReadonlyMap<string, Repository>
  others: number
} {
  const usable = new Map<string, Repository>()
  let others = 0
  for (const [id, repository] of repositories) {
    if (repository.localPath !== null) usable.set(id, repository)
    else if (repository.github !== null && !repository.github.hidden && !repository.github.gone) others += 1
  }
  return { usable, others }
}

function Form({
  repositories,
  others,
}: {
  repositories: ReadonlyMap<string, Repository>
  /** Repositories of GitHub that have no folder here. */
  others: number
}) {
  const draft = useNewTaskDraft()
  const { agents, looking } = useAgentChoice()
  const app = useAppState()
  const creating = useCall<TaskSummary[]>()
  const prompt = useRef<HTMLTextAreaElement>(null)
  const recent = useMemo(
    () => [...repositories.values()].toSorted((a, b) => b.lastUsedAt - a.lastUsedAt),
    [repositories],
  )
  const repository = repositories.get(draft.repositoryId ?? '') ?? recent[0]
  const { state, error: stateError } = useRepositoryState(repository?.id ?? null)
  const choice = draft.choice ?? usualChoice(agents, app?.defaultAgentId ?? null, app?.defaultModelId ?? null)
  const modes = agents
    .find((agent) => agent.id === choice?.agentId)
    ?.options.find((option) => option.category === 'mode')
  const modeId = modes?.values.some((mode) => mode.value === draft.modeId) === true ? draft.modeId : null
  const branch = draft.branch.trim()
  const branchProblem = branch === '' ? null : validateBranchName(branch)
  useEffect(() => prompt.current?.focus(), [])

  const reason =
    repository === undefined
      ? 'Choose a repository'
      : choice === null
        ? looking
          ? 'Looking for agents'
          : 'Choose an agent: none is installed yet'
        : state?.empty === true
          ? 'The repository has no commit yet'
          : branchProblem !== null
            ? 'The branch name cannot be used'
            : draft.prompt.trim() === ''
              ? 'Write what the agent should do'
              : null

  const create = async () => {
    if (reason !== null || repository === undefined || choice === null) return
    const title = draft.title.trim()
    const created = await creating.run(() =>
      call('task.create', {
        repositoryIds: [repository.id],
        prompt: draft.prompt,
        ...(title === '' ? {} : { title }),
        ...(branch === '' ? {} : { branch }),
        start: { type: 'base', branch: draft.baseBranch },
        agentId: choice.agentId,
        modelId: choice.modelId,
        modeId,
        includeUncommitted: draft.includeUncommitted && (state?.uncommittedFiles ?? 0) > 0,
      }),
    )
    const [task] = created ?? []
    if (task === undefined) return
    clearDraft()
    openTask(task.id)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void create()
  }

  return (
    <form onSubmit={submit} className="flex min-h-0 flex-1 flex-col">
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-form flex-col gap-16 p-24">
          <CaptionedControl
            caption="Repository"
            hint={
              others === 0
                ? undefined
                : `${counted(others, 'repository', 'repositories')} of GitHub ${others === 1 ? 'has' : 'have'} no folder on this computer. Open your clone to use one.`
            }
          >
            <div className="flex items-center gap-4">
              <div className="min-w-0 flex-1">
                <SearchSelect
                  label="Repository"
                  value={repository?.id ?? null}
                  placeholder="Choose a repository"
                  empty="No repository matches."
                  choices={recent.map((one) => ({
                    value: one.id,
                    label: one.name,
                    ...(one.localPath === null ? {} : { hint: one.localPath }),
                  }))}
                  onChange={(repositoryId) =>
                    changeDraft({ repositoryId, baseBranch: null, includeUncommitted: false })
                  }
                />
              </div>
              <IconButton label="Open another repository" onClick={() => void openRepository()}>
                <FolderPlus className="size-16" />
              </IconButton>
            </div>
          </CaptionedControl>

          {stateError !== null && <ErrorNotice error={stateError} />}
          {state !== null && (
            <RepositoryNotes
              state={state}
              include={draft.includeUncommitted}
              onInclude={(includeUncommitted) => changeDraft({ includeUncommitted })}
            />
          )}

          <label className="flex flex-col gap-4">
            <span className="text-12 text-text-muted">What should the agent do?</span>
            <textarea
              ref={prompt}
              aria-label="Prompt"
              dir="auto"
              spellCheck={false}
              value={draft.prompt}
              onChange={(event) => changeDraft({ prompt: event.target.value })}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                  event.preventDefault()
                  void create()
                }
              }}
              placeholder="Describe the change, where it belongs, and how you will know it works"
              className="grows max-h-list min-h-prompt-min w-full overflow-y-auto rounded-6 border border-line-strong bg-surface-0 px-12 py-8 text-14"
            />
          </label>

          <div className="flex flex-wrap gap-12">
            <div className="min-w-field flex-1">
              <CaptionedControl caption="Agent and model">
                <ModelPicker
                  agents={agents}
                  value={choice}
                  look="field"
                  onChange={(next) => changeDraft({ choice: next, modeId: null })}
                />
              </CaptionedControl>
            </div>
            {modes !== undefined && modes.values.length > 1 && (
              <div className="min-w-field flex-1">
                <CaptionedControl caption={modes.name}>
                  <Select
                    label={modes.name}
                    value={modeId ?? modes.currentValue ?? ''}
                    choices={modes.values.map((mode) => ({
                      value: mode.value,
                      label: mode.name,
                      ...(mode.description === undefined ? {} : { hint: mode.description }),
                    }))}
                    onChange={(next) => changeDraft({ modeId: next })}
                  />
                </CaptionedControl>
              </div>
            )}
          </div>

          <div className="flex flex-wrap gap-12">
            <div className="min-w-field flex-1">
              <TextField
                label="Title"
                optional
                dir="auto"
                maxLength={500}
                value={draft.title}
                placeholder="From the prompt"
                onChange={(event) => changeDraft({ title: event.currentTarget.value })}
              />
            </div>
            <div className="min-w-field flex-1">
              <TextField
                label="Branch"
                optional
                value={draft.branch}
                placeholder="From the title"
                error={branchProblem}
                onChange={(event) => changeDraft({ branch: event.currentTarget.value })}
              />
            </div>
            <div className="min-w-field flex-1">
              <BaseBranch state={state} value={draft.baseBranch} />
            </div>
          </div>
        </div>
      </div>
      <footer className="shrink-0 border-t border-line bg-surface-1">
        <div className="mx-auto flex max-w-form flex-col gap-8 px-24 py-8">
          {creating.error !== null && (
            <div className="max-h-commit-max overflow-y-auto">
              <ErrorNotice error={creating.error} />
            </div>
          )}
          <div className="flex items-center justify-end gap-12">
            <span className="min-w-0 flex-1 truncate text-12 text-text-faint">
              {creating.busy ? '' : reason}
            </span>
            <Button type="submit" tone="accent" busy={creating.busy} reason={reason}>
              {creating.busy ? 'Creating task' : 'Create task'}
            </Button>
          </div>
        </div>
      </footer>
    </form>
  )
}

function BaseBranch({ state, value }: { state: RepositoryState | null; value: string | null }) {
  const branches = state?.branches ?? []
  const current = state?.branch ?? null
  return (
    <CaptionedControl
      caption="Starts from"
      hint={state?.branchesTruncated === true ? 'Only some of the branches are listed.' : undefined}
    >
      <SearchSelect
        label="Base branch"
        value={value ?? current}
        placeholder={state?.detached === true ? 'The commit checked out in your folder' : 'Current branch'}
        empty="No branch matches."
        disabled={branches.length === 0}
        choices={branches.map((name) => ({
          value: name,
          label: name,
          ...(name === current ? { hint: 'Checked out in your folder' } : {}),
        }))}
        onChange={(baseBranch) => changeDraft({ baseBranch })}
      />
    </CaptionedControl>
  )
}

function useRepositoryState(id: Repository['id'] | null): {
  state: RepositoryState | null
  error: ErrorValue | null
} {
  const [known, setKnown] = useState<{
    id: string
    state: RepositoryState | null
    error: ErrorValue | null
  } | null>(null)
  useEffect(() => {
    if (id === null) return
    let current = true
    const read = async () => {
      const result = await call('repository.state', { repositoryId: id })
      if (!current) return
      setKnown(
        result.ok ? { id, state: result.value, error: null } : { id, state: null, error: result.error },
      )
    }
    void read()
    // The folder may have changed while the person was elsewhere.
    const again = () => void read()
    window.addEventListener('focus', again)
    return () => {
      current = false
      window.removeEventListener('focus', again)
    }
  }, [id])
  return known !== null && known.id === id ? known : { state: null, error: null }
}
