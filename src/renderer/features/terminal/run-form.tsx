import { Field } from '@base-ui/react/field'
import type { TaskId } from '@shared/ids'
import type { Terminal } from '@shared/terminals'
import { useRef, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { inputLook, LabeledField } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { useEscape } from '../task/use-escape'
import { argumentsOf, variablesOf } from './run-input'

/** Runs one program, with what it is to know. */
export function RunForm({
  taskId,
  onRun,
  onClose,
}: {
  taskId: TaskId
  onRun: (terminal: Terminal) => void
  onClose: () => void
}) {
  const [command, setCommand] = useState('')
  const [args, setArgs] = useState('')
  const [cwd, setCwd] = useState('')
  const [env, setEnv] = useState('')
  const [timeout, setTimeoutText] = useState('')
  const running = useCall<Terminal>()
  const form = useRef<HTMLFormElement>(null)
  useEscape(form, onClose)
  const variables = variablesOf(env)
  const seconds = timeout.trim() === '' ? null : Number(timeout)
  const late = seconds !== null && !(Number.isInteger(seconds) && seconds > 0)
  const reason =
    command.trim() === ''
      ? 'Say which program'
      : 'problem' in variables
        ? variables.problem
        : late
          ? 'The time is no number of seconds'
          : null
  const run = async () => {
    if (reason !== null || 'problem' in variables) return
    const started = await running.run(() =>
      call('terminal.run', {
        taskId,
        command,
        args: argumentsOf(args),
        cwd,
        env: variables.env,
        timeoutSeconds: seconds,
        name: null,
      }),
    )
    if (started !== null) onRun(started)
  }
  return (
    <form
      ref={form}
      aria-label="Run a program"
      className="flex max-w-form flex-col gap-8 rounded-6 border border-line bg-surface-1 p-12"
      onSubmit={(event) => {
        event.preventDefault()
        void run()
      }}
    >
      <LabeledField label="Program">
        <Field.Control
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the form was asked for to type into it
          autoFocus
          value={command}
          placeholder="npm"
          spellCheck={false}
          onChange={(event) => setCommand(event.currentTarget.value)}
          className={cx(inputLook, 'h-control')}
        />
      </LabeledField>
      <LabeledField label="Arguments" hint="One a line, as they are: nothing is quoted or expanded." optional>
        <Field.Control
          render={<textarea rows={2} />}
          value={args}
          placeholder={'run\ndev'}
          spellCheck={false}
          onChange={(event) => setArgs(event.currentTarget.value)}
          className={cx(inputLook, 'code-text py-4')}
        />
      </LabeledField>
      <LabeledField label="Folder" hint="Within the checkout, which it is when this is empty." optional>
        <Field.Control
          value={cwd}
          spellCheck={false}
          onChange={(event) => setCwd(event.currentTarget.value)}
          className={cx(inputLook, 'h-control')}
        />
      </LabeledField>
      <LabeledField
        label="Variables"
        hint="One a line, as NAME=value. They reach this program alone and are not stored."
        error={'problem' in variables ? variables.problem : null}
        optional
      >
        <Field.Control
          render={<textarea rows={2} />}
          value={env}
          spellCheck={false}
          onChange={(event) => setEnv(event.currentTarget.value)}
          className={cx(inputLook, 'code-text py-4')}
        />
      </LabeledField>
      <LabeledField label="End after seconds" error={late ? 'A whole number' : null} optional>
        <Field.Control
          inputMode="numeric"
          value={timeout}
          onChange={(event) => setTimeoutText(event.currentTarget.value)}
          className={cx(inputLook, 'h-control max-w-number')}
        />
      </LabeledField>
      {running.error !== null && <ErrorNotice error={running.error} />}
      <div className="flex gap-6">
        <Button type="submit" tone="accent" size="small" busy={running.busy} reason={reason}>
          Run program
        </Button>
        <Button size="small" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
