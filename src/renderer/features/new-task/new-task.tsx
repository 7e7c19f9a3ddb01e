import { validateBranchName } from '@shared/branch-name'
import type { Repository, RepositoryState, TaskSummary } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import { X } from 'lucide-react'
import { type ClipboardEvent, type FormEvent, useEffect, useMemo, useRef, useState } from 'react'
import { useAgentChoice, useAppState } from '../../app/app-state'
import { useSpellCheck } from '../../app/spelling'
import { openRepository } from '../../app/open-repository'
import { openStart, openTask, useWorkspace } from '../../app/workspace'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { TextField } from '../../ui/field'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { showToast } from '../../ui/toast'
import { usualChoice } from '../model-picker/model-choices'
import { MoreAgents } from '../side-by-side/more-agents'
import { SidebarButton } from '../task/sidebar-button'
import { AgentChoice, knownMode } from './agent-choice'
import { BranchHint, previewProblem } from './branch-hint'
import { githubAddress } from './github-address'
import { LinkNotice } from './link-notice'
import { changeDraft, changeStart, clearDraft, startFromAddress, useNewTaskDraft } from './new-task-draft'
import { RepositoryChoice } from './repository-choice'
import { RepositoryNotes } from './repository-notes'
import { anywhere, toTaskStart, usualPrompt } from './start-draft'
import { StartPoint } from './start-point'
import { useBranchPreview } from './use-branch-preview'

/** Describes a task: what to do, where, and by whom. Stands in the middle; leaving it loses nothing. */
export function NewTask({ organizationId }: { organizationId: string }) {
  const all = useEntities('organization', organizationId, 'repository')
  const repositories = useMemo(() => usableOf(all), [all])
  const wanted = useWorkspace((state) => state.newTaskRepositoryId)
  useEffect(() => {
    if (wanted !== null) changeDraft({ repositoryId: wanted, includeUncommitted: false })
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
      <LinkNotice usable={repositories} />
      {repositories.size === 0 ? (
        <EmptyState
          title="Open a repository first"
          action={
            <Button tone="accent" onClick={() => void openRepository()}>
              Open repository
            </Button>
          }
        >
          A task works on a branch of a git repository: a folder on this computer, or one of GitHub.
        </EmptyState>
      ) : (
        <Form repositories={repositories} />
      )}
    </section>
  )
}

/** Those a task can start in, what a person used last first. */
function usableOf(all: ReadonlyMap<string, Repository>): ReadonlyMap<string, Repository> {
  const usable = [...all.values()].filter(
    ({ localPath, github }) => localPath !== null || (github !== null && !github.hidden && !github.gone),
  )
  usable.sort((a, b) => b.lastUsedAt - a.lastUsedAt || (b.github?.pushedAt ?? 0) - (a.github?.pushedAt ?? 0))
  return new Map(usable.map((one) => [one.id, one]))
}

function Form({ repositories }: { repositories: ReadonlyMap<string, Repository> }) {
  const draft = useNewTaskDraft()
  const spellCheck = useSpellCheck()
  const { agents, looking } = useAgentChoice()
  const app = useAppState()
  const creating = useCall<TaskSummary[]>()
  const prompt = useRef<HTMLTextAreaElement>(null)
  const ordered = useMemo(() => [...repositories.values()], [repositories])
  const repository = repositories.get(draft.repositoryId ?? '') ?? ordered[0]
  const others = draft.otherRepositoryIds.flatMap((id) => {
    const one = repositories.get(id)
    return one === undefined || one.id === repository?.id ? [] : [one]
  })
  const chosen = (repository === undefined ? undefined : draft.starts[repository.id]) ?? anywhere
  const start = others.length > 0 ? anywhere : chosen
  const { state, error: stateError } = useRepositoryState(
    repository?.localPath == null ? null : repository.id,
  )
  const choice = draft.choice ?? usualChoice(agents, app?.models, repository?.id)
  const isNew = start.type === 'base' || start.type === 'issue'
  /** Why nobody else can do the same. */
  const alone = isNew ? null : 'Several agents start on new branches: choose a base branch or an issue'
  const branch = draft.branch.trim()
  const ids = repository === undefined ? [] : [repository.id, ...others.map(({ id }) => id)]
  const titled = start.type === 'issue' ? start.title : draft.prompt
  const previews = useBranchPreview(isNew ? ids : [], { prompt: titled, title: draft.title, branch })
  const typedProblem = branch === '' ? null : validateBranchName(branch)
  const branchProblem = isNew ? (typedProblem ?? previewProblem(previews, branch)) : null
  const taskStart = toTaskStart(start)
  const usual = usualPrompt(start)
  useEffect(() => prompt.current?.focus(), [])

  const reason =
    repository === undefined
      ? 'Choose a repository'
      : choice === null
        ? looking
          ? 'Looking for agents'
          : 'Choose an agent: none is installed yet'
        : taskStart === null
          ? missingStart[start.type]
          : state?.empty === true && start.type === 'base'
            ? 'The repository has no commit yet'
            : branchProblem !== null
              ? 'The branch name cannot be used'
              : draft.prompt.trim() === '' && usual === null
                ? 'Write what the agent should do'
                : null

  const create = async () => {
    if (reason !== null || taskStart === null || choice === null) return
    const created = await creating.run(() =>
      call('task.create', {
        repositoryIds: ids,
        prompt: draft.prompt.trim() === '' ? (usual ?? '') : draft.prompt,
        ...(draft.title.trim() === '' ? {} : { title: draft.title.trim() }),
        ...(isNew && branch !== '' ? { branch } : {}),
        start: taskStart,
        agentId: choice.agentId,
        modelId: choice.modelId,
        modeId: knownMode(agents, choice, draft.modeId),
        ...(alone !== null || draft.otherChoices.length === 0 ? {} : { also: [...draft.otherChoices] }),
        includeUncommitted: draft.includeUncommitted && (state?.uncommittedFiles ?? 0) > 0,
      }),
    )
    const [task] = created ?? []
    if (created === null || task === undefined) return
    clearDraft()
    openTask(task.id)
    if (created.length > 1) showToast(`${created.length} tasks were created`, 'The first of them is shown.')
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void create()
  }
  /** The address of a pull request or issue stands for that: the task starts from it. */
  const takeAddress = (text: string): boolean => {
    const found = githubAddress(text, ordered)
    if (found === null) return false
    changeDraft({ repositoryId: found.repositoryId, otherRepositoryIds: [] })
    void startFromAddress(found)
    return true
  }
  const paste = (event: ClipboardEvent) => {
    if (takeAddress(event.clipboardData.getData('text/plain'))) event.preventDefault()
  }
  const inTheWay = creating.error?.taskId

  return (
    <form onSubmit={submit} className="flex min-h-0 flex-1 flex-col">
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-form flex-col gap-16 p-24">
          <label className="flex flex-col gap-4">
            <span className="text-12 text-text-muted">What should the agent do?</span>
            <textarea
              ref={prompt}
              aria-label="Prompt"
              dir="auto"
              spellCheck={spellCheck}
              value={draft.prompt}
              onPaste={paste}
              onChange={(event) => changeDraft({ prompt: event.target.value })}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                  event.preventDefault()
                  void create()
                }
              }}
              placeholder={
                start.type === 'issue'
                  ? 'Anything to add to the issue (optional)'
                  : (usual ?? 'Describe the change, where it belongs, and how you will know it works')
              }
              className="grows max-h-list min-h-prompt-min w-full overflow-y-auto rounded-6 border border-line-strong bg-surface-0 px-12 py-8 text-14"
            />
          </label>

          <RepositoryChoice
            repositories={ordered}
            chosen={repository}
            others={others}
            onChoose={(repositoryId) => changeDraft({ repositoryId, includeUncommitted: false })}
            onOthers={(otherRepositoryIds) => changeDraft({ otherRepositoryIds })}
          />
          {repository !== undefined && others.length === 0 && (
            <StartPoint
              repository={repository}
              state={state}
              start={start}
              onChange={(next) => changeStart(repository.id, next)}
              onText={takeAddress}
            />
          )}
          {stateError !== null && <ErrorNotice error={stateError} />}
          {state !== null && (
            <RepositoryNotes
              state={state}
              include={draft.includeUncommitted}
              onInclude={(includeUncommitted) => changeDraft({ includeUncommitted })}
            />
          )}

          <AgentChoice
            agents={agents}
            repository={repository}
            choice={choice}
            modeId={draft.modeId}
            onChoose={(next) => changeDraft({ choice: next, modeId: null })}
            onMode={(modeId) => changeDraft({ modeId })}
          />
          <MoreAgents
            agents={agents}
            first={choice}
            others={alone === null ? draft.otherChoices : []}
            reason={alone}
            onChange={(otherChoices) => changeDraft({ otherChoices })}
          />

          <div className="flex flex-wrap gap-12">
            <div className="min-w-field flex-1">
              <TextField
                label="Title"
                optional
                dir="auto"
                maxLength={500}
                value={draft.title}
                placeholder={start.type === 'pull_request' ? 'As the pull request' : 'From the prompt'}
                onChange={(event) => changeDraft({ title: event.currentTarget.value })}
              />
            </div>
            {isNew && (
              <div className="min-w-field flex-1">
                <TextField
                  label="Branch"
                  optional
                  value={draft.branch}
                  placeholder="From the title"
                  error={branchProblem}
                  onChange={(event) => changeDraft({ branch: event.currentTarget.value })}
                />
                {draft.otherChoices.length > 0 && branch === '' ? (
                  <p className="pt-4 text-12 text-text-muted">Each gets one, from the title and its model.</p>
                ) : (
                  <BranchHint
                    previews={previews}
                    repositories={repositories}
                    typed={branch}
                    onUse={(name) => changeDraft({ branch: name })}
                  />
                )}
              </div>
            )}
          </div>
        </div>
      </div>
      <footer className="shrink-0 border-t border-line bg-surface-1">
        <div className="mx-auto flex max-w-form flex-col gap-8 px-24 py-8">
          {creating.error !== null && (
            <div className="max-h-commit-max overflow-y-auto">
              <ErrorNotice
                error={creating.error}
                actions={
                  inTheWay !== undefined && (
                    <Button size="small" onClick={() => openTask(inTheWay)}>
                      Open that task
                    </Button>
                  )
                }
              />
            </div>
          )}
          <div className="flex items-center justify-end gap-12">
            <span className="min-w-0 flex-1 truncate text-12 text-text-faint">
              {creating.busy ? '' : reason}
            </span>
            <Button type="submit" tone="accent" busy={creating.busy} reason={reason}>
              {creating.busy
                ? 'Creating task'
                : ids.length > 1
                  ? `Create ${ids.length} tasks`
                  : 'Create task'}
            </Button>
          </div>
        </div>
      </footer>
    </form>
  )
}

const missingStart = {
  base: null,
  branch: 'Choose a branch',
  pull_request: 'Choose a pull request',
  issue: 'Choose an issue',
} as const

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
