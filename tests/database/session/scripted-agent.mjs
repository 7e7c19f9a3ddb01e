// An ACP agent over stdio whose prompts say what it does, and whose sessions live in a file, so that it can
// load them after a restart. `FORGETFUL` in its data folder makes loading fail.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const folder = process.env.XDG_DATA_HOME
const store = `${folder}/sessions.json`
const read = () => (existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : {})
const write = (sessions) => writeFileSync(store, JSON.stringify(sessions))
const has = (flag) => existsSync(`${folder}/${flag}`)
appendFileSync(`${folder}/agent-pids`, `${process.pid}\n`)

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const update = (sessionId, fields) =>
  send({ method: 'session/update', params: { sessionId, update: fields } })
const chunk = (sessionId, text) =>
  update(sessionId, { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } })

const configOptions = (model) => [
  {
    id: 'model',
    name: 'Model',
    category: 'model',
    type: 'select',
    currentValue: model,
    options: [
      { group: 'g', name: 'Group', options: [{ value: 'small', name: 'Small' }] },
      { group: 'h', name: 'Others', options: [{ value: 'large', name: 'Large' }] },
    ],
  },
  { id: 'web', name: 'Web', category: 'tools', type: 'boolean', currentValue: false },
]
if (has('BROKEN')) {
  process.stderr.write('fatal: no key configured\n')
  process.exit(7)
}

const models = new Map()
const cancels = new Map()
const answers = new Map()
let nextRequest = 1000

const prompt = async (id, { sessionId, prompt: blocks }) => {
  const text = blocks.at(-1).text
  const sessions = read()
  ;(sessions[sessionId] ??= []).push(blocks.map((block) => block.text))
  write(sessions)
  const [command, amount] = text.split(' ')
  let cancelled = false
  cancels.set(sessionId, () => (cancelled = true))
  const done = (stopReason = 'end_turn') =>
    send({ id, result: { stopReason, usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 } } })
  if (command === 'title') {
    update(sessionId, { sessionUpdate: 'session_info_update', title: amount })
    return done()
  }
  if (command === 'slowly' || command === 'deaf') {
    const count = command === 'deaf' ? Infinity : Number(amount)
    for (let index = 0; index < count; index++) {
      if (cancelled && command !== 'deaf') return done('cancelled')
      chunk(sessionId, `w${index} `)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return done()
  }
  if (command === 'remember') {
    chunk(sessionId, JSON.stringify(read()[sessionId]))
    return done()
  }
  if (command === 'die') {
    chunk(sessionId, 'last words')
    process.stderr.write('fatal: the model is gone\n')
    process.exit(3)
  }
  if (command === 'unauthorized')
    return send({ id, error: { code: -32000, message: 'Authentication required' } })
  if (command === 'overloaded')
    return send({ id, error: { code: -32603, message: 'Overloaded', data: { details: 'try later' } } })
  if (command === 'weird') {
    update(sessionId, { sessionUpdate: 'from_the_future', anything: [1, { deep: null }] })
    update(sessionId, { sessionUpdate: 7 })
    update(sessionId, { sessionUpdate: 'agent_message_chunk', content: null })
    update(sessionId, { sessionUpdate: 'tool_call', toolCallId: 5, content: 'no list' })
    update(sessionId, { sessionUpdate: 'usage_update', used: 'many', size: -1 })
    update(sessionId, { sessionUpdate: 'config_option_update', configOptions: [null, 3, { id: 7 }] })
    update(sessionId, { sessionUpdate: 'session_info_update', title: 'Nice\u202e name\nsecond' })
    update('another session', {
      sessionUpdate: 'agent_message_chunk',
      content: { type: 'text', text: 'lost' },
    })
    send({ method: 'session/update', params: null })
    send({ method: 'unknown/thing', params: {} })
    process.stdout.write('not json\n[1]\nnull\n')
    chunk(sessionId, 'lone \ud800 nul \u0000 end')
    return done()
  }
  if (command === 'output') {
    const piece = 'x'.repeat(1024)
    let content = ''
    update(sessionId, { sessionUpdate: 'tool_call', toolCallId: 'call', title: 'run', status: 'pending' })
    for (let index = 0; index < Number(amount); index++) {
      content += piece
      update(sessionId, {
        sessionUpdate: 'tool_call_update',
        toolCallId: 'call',
        status: 'in_progress',
        content: [{ type: 'content', content: { type: 'text', text: content } }],
      })
    }
    update(sessionId, { sessionUpdate: 'tool_call_update', toolCallId: 'call', status: 'completed' })
    return done()
  }
  if (command === 'ask') {
    const request = nextRequest++
    send({
      id: request,
      method: 'session/request_permission',
      params: {
        sessionId,
        toolCall: { toolCallId: 'call', title: 'Remove everything', rawInput: { command: 'rm' } },
        options: [
          { optionId: 'once', name: 'Allow', kind: 'allow_once' },
          { optionId: 'no', name: 'Reject', kind: 'reject_once' },
        ],
      },
    })
    const outcome = await new Promise((resolve) => answers.set(request, resolve))
    chunk(sessionId, `answer ${JSON.stringify(outcome)}`)
    return done(outcome.outcome === 'cancelled' ? 'cancelled' : 'end_turn')
  }
  chunk(sessionId, `You said: ${text}`)
  done()
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params, result } = JSON.parse(line)
  if (method === undefined) answers.get(id)?.(result?.outcome)
  else if (method === 'initialize')
    send({
      id,
      result: {
        protocolVersion: 1,
        agentCapabilities: { loadSession: !has('NO_LOAD'), sessionCapabilities: { close: {} } },
        authMethods: [{ id: 'login', name: 'Log in', description: 'Run `scripted login`' }],
      },
    })
  else if (method === 'session/new') {
    const sessionId = `session-${Object.keys(read()).length + models.size}`
    models.set(sessionId, 'small')
    send({ id, result: { sessionId, configOptions: configOptions('small') } })
    update(sessionId, {
      sessionUpdate: 'available_commands_update',
      availableCommands: [{ name: 'review', description: 'Look', input: { hint: 'what' } }],
    })
  } else if (method === 'session/load') {
    const turns = read()[params.sessionId]
    if (turns === undefined || has('FORGETFUL')) {
      send({ id, error: { code: -32002, message: 'No such session', data: { uri: params.sessionId } } })
      continue
    }
    models.set(params.sessionId, 'small')
    for (const blocks of turns) {
      update(params.sessionId, {
        sessionUpdate: 'user_message_chunk',
        content: { type: 'text', text: blocks.at(-1) },
      })
      chunk(params.sessionId, `You said: ${blocks.at(-1)}`)
    }
    send({ id, result: { configOptions: configOptions('small') } })
    chunk(params.sessionId, 'repeated late')
  } else if (method === 'session/set_config_option') {
    if (params.value === 'refused') send({ id, error: { code: -32602, message: 'No such value' } })
    else
      send({
        id,
        result: { configOptions: configOptions(params.configId === 'model' ? params.value : 'small') },
      })
  } else if (method === 'session/cancel') cancels.get(params.sessionId)?.()
  else if (method === 'session/close') send({ id, result: {} })
  else if (method === 'session/prompt') void prompt(id, params)
  else if (id !== undefined) send({ id, error: { code: -32601, message: `unknown ${method}` } })
}
